// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Logging
internal import Reactor

/// What goes on beside the requests, on a loop of its own: signals and health checks.
final class ControlLoop: EventLoopOwner {
    private let loop: EventLoop
    /// What the log calls the server.
    private let name: String
    private let shared: SharedState
    private let log: AccessLog
    private let sink: LogSink
    private let logger: Logger
    private let signals: Signals
    private let workers: WorkerGroup
    private var health: [HealthChecker] = []
    private var outliers: [OutlierWatch] = []
    private var concurrency: [ConcurrencyWatch] = []
    private var isDraining = false

    /// `signals` are those of ``makeSignals()``; `workers` have been started.
    init(
        _ shared: SharedState,
        name: String,
        sink: LogSink,
        signals: Signals,
        workers: WorkerGroup
    ) throws(SystemError) {
        self.shared = shared
        self.name = name
        log = sink.makeAccessLog()
        self.sink = sink
        let diagnostics = DiagnosticLog(sink: sink)
        logger = Logger(label: "curlew") { diagnostics.handler(label: $0) }
        self.signals = signals
        self.workers = workers
        loop = try EventLoop()
        try loop.register(signals.descriptor, .readable, handler: self)
        try loop.register(workers.ending.descriptor, .readable, handler: self)
    }

    /// Blocks what a server is told with for the calling thread and all that it starts later, and makes it events.
    static func makeSignals() throws(StartError) -> Signals {
        do {
            return try Signals([SIGTERM, SIGINT, SIGHUP, SIGUSR1])
        } catch {
            throw StartError("signals cannot be received: \(error); raise the limit of open files (ulimit -n)")
        }
    }

    /// Says that the server runs, and runs until it was told to stop and every worker has ended.
    ///
    /// - Throws: libcurl cannot ping a backend, for lack of memory or of a feature; a worker could not start.
    func run() throws {
        // `0.0.0.0:3000` and `[::]:3000` are one port to whoever reads this.
        var ports: [UInt16] = []
        for port in workers.ports where !ports.contains(port) { ports.append(port) }
        let list = ports.map { "\($0)" }.joined(separator: ", ")
        let noun = ports.count == 1 ? "port" : "ports"
        log.info(
            "\(name) running on \(noun) \(list)",
            fields: [LogField("port", .integer(Int64(ports.first ?? 0)))]
        )
        let wanted = shared.configuration.limits.connections
        if shared.maximumClients < wanted / 2 {
            logger.warning(
                """
                limits.connections is \(wanted), but the system lets this process open so few files that only \
                \(shared.maximumClients) clients are served at once; raise the limit (ulimit -n)
                """
            )
        }
        if let note = shared.configuration.unusedHTTP2 { logger.warning("\(note)") }
        for pool in shared.pools { watch(pool) }
        for checker in health { try checker.start() }
        for outliers in outliers { outliers.start() }
        for watch in concurrency { watch.start() }
        loop.run(owner: self)
        for checker in health { checker.stop() }
        for outliers in outliers { outliers.stop() }
        for watch in concurrency { watch.stop() }
        // The loop keeps its handlers, and this one keeps the loop: neither would ever be freed.
        loop.deregister(signals.descriptor)
        loop.deregister(workers.ending.descriptor)
        if workers.haveFailed { throw StartError("a worker could not start; the log says why") }
    }

    private func watch(_ pool: SharedPool) {
        let checker = HealthChecker(pool.health, on: loop) { [log] backend, isHealthy, finding in
            log.health(backend: backend.name, healthy: isHealthy, finding: finding)
        }
        checker.signing = { backend in
            backend.options.awsSigV4.map { aws in
                let signer = RequestSigner(aws)
                return { signer.sign($0, $1) }
            }
        }
        health.append(checker)
        if let gate = pool.gate, let limit = pool.adaptiveLimit {
            concurrency.append(ConcurrencyWatch(gate, limit, on: loop))
        }
        guard let outlier = pool.outlier else { return }
        outliers.append(OutlierWatch(pool.health, outlier, on: loop) { [log] in log.news(of: pool.health) })
    }

    /// Says that the server has stopped, after the workers have.
    func finish() {
        logger.info("\(name) stopped")
        log.commit()
    }

    func finishTurn() {
        log.commit()
    }

    private func drain(_ signal: Int32) {
        let name = signal == SIGINT ? "SIGINT" : "SIGTERM"
        if isDraining {
            logger.info("\(name) again: closing what is left")
            workers.requestStop()
            return
        }
        isDraining = true
        logger.info("\(name): finishing requests in flight, for at most \(shared.configuration.drainTimeout.text)")
        workers.requestDrain()
    }
}

extension ControlLoop: EventHandler {
    func handle(_ readiness: Readiness, on descriptor: Int32) {
        if descriptor == workers.ending.descriptor {
            workers.ending.reset()
            // Clients of a listener without a worker would wait for ever.
            if workers.haveFailed { workers.requestStop() }
            if workers.haveEnded { loop.stop() }
            return
        }
        while let signal = signals.next() {
            if signal == SIGTERM || signal == SIGINT {
                drain(signal)
            } else if signal == SIGUSR1 {
                sink.reopen()
            } else {
                // It must not end the gateway, as it would by default.
                logger.notice("SIGHUP: the configuration cannot be reloaded yet; restart to change it")
            }
        }
    }
}
