// SPDX-License-Identifier: Apache-2.0

package import Gateway

/// What one small test backend does with a request.
package struct DemoBackendConfiguration: Sendable, Equatable {
    /// How a failing request fails.
    package enum Failure: String, Sendable, CaseIterable {
        /// It is answered 500.
        case status = "500"
        /// Its connection is reset.
        case reset
        /// It is never answered.
        case hang
    }

    /// The IP address it listens on. Default `127.0.0.1`.
    package var host: String
    /// 0 lets the kernel choose; the port is printed when the backend is ready.
    package var port: UInt16
    /// What it calls itself in its answers. Default `backend-PORT`.
    package var name: String?
    /// How long it waits before it answers. Default zero.
    package var delay: Duration
    /// The share of requests that fail, from 0 to 1. Default 0.
    package var failureShare: Double
    /// Default `status`.
    package var failure: Failure
    /// How many threads serve. Default 1.
    package var workers: Int
    /// What it logs, and where to. By default only that it runs, that it stops and what goes wrong: what it was asked is in
    /// the log of the gateway that asked.
    package var log: LogConfiguration

    package init(host: String = "127.0.0.1", port: UInt16) {
        self.host = host
        self.port = port
        name = nil
        delay = .zero
        failureShare = 0
        failure = .status
        workers = 1
        log = LogConfiguration(access: .off)
    }
}

/// One small test backend, as the demo and the examples use it.
///
/// Each path is answered with its name, but for a few that ask for something else: see ``DemoTarget``.
package final class DemoBackend {
    /// What it calls itself.
    package let name: String
    private let server: LocalServer
    private let makeResponder: LocalResponderFactory

    /// Binds the port.
    ///
    /// - Parameters:
    ///   - configuration: What it is to be like.
    ///   - portOption: The flag that chooses its port, for the hint when it cannot be had.
    /// - Throws: `StartError` when it cannot be had.
    package init(
        configuration: DemoBackendConfiguration,
        portOption: String = "--port"
    ) throws(StartError) {
        server = try LocalServer(configuration: configuration.server, portOption: portOption)
        let name = configuration.name ?? "backend-\(server.ports[0])"
        self.name = name
        makeResponder = { DemoResponder(name: name, configuration) }
    }

    /// Serves until SIGTERM or SIGINT, and says in the log when it is ready. Blocks the calling thread.
    ///
    /// - Throws: The system is out of threads, descriptors or memory.
    package func run() throws(StartError) {
        try server.run(named: "Backend \(name)", makeResponder)
    }

    /// Serves on a thread of its own until ``stop()``, in silence. Signals must be blocked by then; see
    /// `LocalServer.start`.
    ///
    /// - Throws: The system is out of threads, descriptors or memory.
    func start() throws(StartError) {
        try server.start(makeResponder)
    }

    /// Returns when it has answered the requests that it had.
    func stop() {
        server.stop()
    }
}

extension DemoBackendConfiguration {
    fileprivate var server: GatewayConfiguration {
        GatewayConfiguration(
            listen: [ListenAddress(host: host, port: port)],
            workers: .exactly(workers),
            // Time for the delays that it adds itself; whoever hangs on purpose would use up any.
            drainTimeout: min(delay + .seconds(2), .seconds(9)),
            log: log,
            pools: [],
            routes: []
        )
    }
}
