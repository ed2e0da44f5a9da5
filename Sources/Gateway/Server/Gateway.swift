// SPDX-License-Identifier: Apache-2.0

/// The whole load balancer: listeners, workers, health checks and log.
package final class Gateway {
    /// Binds every listener, so that a port in use is known before anything else happens.
    package init(configuration: GatewayConfiguration) throws(StartError) {
    }

    /// Serves until SIGTERM or SIGINT, then drains. Blocks the calling thread, which becomes the control loop.
    package func run() {
    }
}
