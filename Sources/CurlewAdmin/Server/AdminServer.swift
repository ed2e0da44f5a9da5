// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// The admin listener: metrics, health and the state of a running gateway, on a thread of its own that gives way to those
/// that serve clients.
package final class AdminServer {
    private let server: PatientServer
    private let makeResponder: LocalResponderFactory

    /// - Parameters:
    ///   - configuration: Where it listens, and whom it answers.
    ///   - log: As the gateway's; requests are not logged.
    ///   - monitor: What there is to be told of.
    ///   - version: Curlew's own.
    ///   - mayWait: Another process may still have the port, and is waited for.
    package init(
        _ configuration: AdminConfiguration,
        log: LogConfiguration,
        monitor: GatewayMonitor,
        version: String,
        mayWait: Bool
    ) {
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
        server = PatientServer(configuration: own, portOption: "admin.listen", mayWait: mayWait)
        let guardian = AdminGuard(configuration)
        makeResponder = { AdminResponder(monitor, guardian, version: version) }
    }

    /// Serves on a thread of its own until ``stop()``. A gateway must have been made before, since that blocks the signals.
    ///
    /// - Throws: A port that is in use, an address that is not this machine's; a system out of threads, descriptors or memory.
    package func start() throws(StartError) {
        try server.start(named: "Admin API", makeResponder)
    }

    package func stop() { server.stop() }
}
