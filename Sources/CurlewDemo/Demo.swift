// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// Three built-in backends and a gateway before them, in one process.
package enum Demo {
    /// Starts the backends on 127.0.0.1, then the gateway in front of them, and serves until SIGTERM or SIGINT. Blocks the
    /// calling thread.
    ///
    /// - Parameters:
    ///   - configuration: What the gateway is to be like; it names the backends.
    ///   - backends: What the backends are to be like.
    /// - Throws: `StartError` when a port cannot be had.
    package static func run(
        configuration: GatewayConfiguration,
        backends: [DemoBackendConfiguration]
    ) throws(StartError) {
        throw StartError("the demo is not available in this build")
    }
}
