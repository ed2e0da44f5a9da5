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
        // It blocks the signals, which the threads of the backends must not receive.
        let gateway = try Gateway(configuration: configuration)
        var servers: [DemoBackend] = []
        for var backend in backends {
            backend.log = configuration.log
            backend.log.access = .off
            servers.append(try DemoBackend(configuration: backend, portOption: "--backend-port"))
        }
        for server in servers { try server.start() }
        // The backends last until the gateway has finished what it forwards to them.
        try gateway.run()
        for server in servers { server.stop() }
    }
}
