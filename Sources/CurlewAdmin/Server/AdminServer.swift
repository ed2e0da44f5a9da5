// SPDX-License-Identifier: Apache-2.0

package import CurlewConfig
package import Gateway

/// The admin listener: metrics, health and the state of a running gateway, on a thread of its own that gives way to those
/// that serve clients.
package final class AdminServer {
    private let server: PatientServer
    private let makeResponder: LocalResponderFactory

    /// - Parameters:
    ///   - configuration: Where it listens, and whom it answers.
    ///   - log: As the gateway's; requests are not logged.
    ///   - gateway: What it tells of, and changes.
    ///   - loader: Where the gateway's configuration comes from.
    ///   - about: Curlew's own version, and whether another process may still have the port, and is waited for.
    package init(
        _ configuration: AdminConfiguration,
        log: LogConfiguration,
        gateway: Gateway,
        loader: ConfigurationLoader,
        about: (version: String, mayWait: Bool)
    ) {
        var log = log
        log.access = .off
        var limits = LimitsConfiguration()
        limits.connections = 100
        // One who sends slowly keeps a place for a few seconds, and from one address not all of them.
        limits.connectionsPerClient = 64
        limits.headerTimeout = .seconds(5)
        limits.bodyTimeout = .seconds(5)
        limits.bodyBytes = Self.longestBody
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
        server = PatientServer(configuration: own, portOption: "admin.listen", mayWait: about.mayWait)
        let guardian = AdminGuard(configuration)
        let subject = AdminResponder.Subject(
            monitor: gateway.monitor,
            control: gateway.control,
            loader: loader,
            version: about.version
        )
        makeResponder = { AdminResponder(subject, guardian) }
    }

    /// Bytes of a request's body, at most: 1 MiB.
    static let longestBody = 1 << 20

    /// Serves on a thread of its own until ``stop()``. A gateway must have been made before, since that blocks the signals.
    ///
    /// - Throws: A port that is in use, an address that is not this machine's; a system out of threads, descriptors or memory.
    package func start() throws(StartError) {
        try server.start(named: "Admin API", makeResponder)
    }

    package func stop() { server.stop() }
}
