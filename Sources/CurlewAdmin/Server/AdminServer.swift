// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// The admin listener: metrics, health and the state of a running gateway, on a thread of its own that gives way to those
/// that serve clients.
package final class AdminServer {
    private let server: LocalServer
    private let makeResponder: LocalResponderFactory

    /// The port that it listens on; chosen by the kernel where 0 was asked for.
    package var port: UInt16 { server.ports[0] }

    /// Binds the port.
    ///
    /// - Parameters:
    ///   - configuration: Where it listens, and whom it answers.
    ///   - log: As the gateway's; requests are not logged.
    ///   - monitor: What there is to be told of.
    ///   - version: Curlew's own.
    /// - Throws: A port that is in use, an address that is not this machine's.
    package init(
        _ configuration: AdminConfiguration,
        log: LogConfiguration,
        monitor: GatewayMonitor,
        version: String
    ) throws(StartError) {
        var log = log
        log.access = .off
        var limits = LimitsConfiguration()
        limits.connections = 100
        limits.bodyBytes = 1 << 20
        limits.idleTimeout = .seconds(75)
        let own = GatewayConfiguration(
            listen: [configuration.listen],
            workers: .exactly(1),
            // Those that still listen to events are not waited for.
            drainTimeout: .milliseconds(200),
            log: log,
            limits: limits,
            pools: [],
            routes: []
        )
        server = try LocalServer(configuration: own, portOption: "admin.listen")
        let guardian = AdminGuard(configuration)
        makeResponder = { AdminResponder(monitor, guardian, version: version) }
    }

    /// Serves on a thread of its own until ``stop()``. A gateway must have been made before, since that blocks the signals.
    ///
    /// - Throws: The system is out of threads, descriptors or memory.
    package func start() throws(StartError) {
        try server.start(isBackground: true, makeResponder)
        server.announce("Admin API running on port \(port)", port: port)
    }

    package func stop() { server.stop() }
}
