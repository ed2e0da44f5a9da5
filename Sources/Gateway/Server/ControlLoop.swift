// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Logging
internal import Reactor

/// What goes on beside the requests, on a loop of its own: signals, health checks, and changes of the configuration.
final class ControlLoop: EventLoopOwner {
    let loop: EventLoop
    /// What the log calls the server.
    private let name: String
    let log: AccessLog
    let logger: Logger
    private let signals: Signals
    let workers: WorkerGroup
    let watches: PoolWatches
    let source: ConfigurationSource?
    /// What workers go by, or are about to.
    var snapshot: Snapshot
    /// What there is to say of it when they all do.
    var announcement: ConfigurationChange?
    private var drainTimer = TimerID.none

    var shared: SharedState { snapshot.shared }

    /// `signals` are those of ``makeSignals()``; `workers` have been started.
    init(
        _ snapshot: Snapshot,
        name: String,
        sink: LogSink,
        signals: Signals,
        workers: WorkerGroup,
        source: ConfigurationSource? = nil
    ) throws(SystemError) {
        self.snapshot = snapshot
        self.name = name
        self.source = source
        log = sink.makeAccessLog()
        let diagnostics = DiagnosticLog(sink: sink)
        logger = Logger(label: "curlew") { diagnostics.handler(label: $0) }
        self.signals = signals
        self.workers = workers
        loop = try EventLoop()
        watches = PoolWatches(on: loop, log: log)
        try loop.register(signals.descriptor, .readable, handler: self)
        try loop.register(workers.news.descriptor, .readable, handler: self)
        drainTimer = loop.makeTimer(self)
    }

    /// Blocks what a server is told with for the calling thread and all that it starts later, and makes it events.
    static func makeSignals() throws(StartError) -> Signals {
        do {
            return try Signals([SIGTERM, SIGINT, SIGHUP])
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
        warnOfDescriptors()
        watches.watch(snapshot, try watches.prepare(snapshot))
        let sampler = shared.metrics.isWatched ? MetricsSampler(shared.metrics, on: loop) : nil
        sampler?.start()
        loop.run(owner: self)
        sampler?.stop()
        watches.stop()
        // The loop keeps its handlers, and this one keeps the loop: neither would ever be freed.
        loop.deregister(signals.descriptor)
        loop.deregister(workers.news.descriptor)
        loop.release(drainTimer)
        if workers.haveFailed { throw StartError("a worker could not start; the log says why") }
    }

    /// The system may let the process open too few files for as many clients as the configuration allows.
    func warnOfDescriptors() {
        let wanted = snapshot.configuration.limits.connections
        guard snapshot.maximumClients < wanted / 2 else { return }
        logger.warning(
            """
            limits.connections is \(wanted), but the system lets this process open so few files that only \
            \(snapshot.maximumClients) clients are served at once; raise the limit (ulimit -n)
            """
        )
    }

    /// Says that the server has stopped, after the workers have.
    func finish() {
        logger.info("\(name) stopped")
        log.commit()
    }

    func finishTurn() {
        log.commit()
    }

    // MARK: Stopping

    private func stop(_ signal: Int32) {
        let name = signal == SIGINT ? "SIGINT" : "SIGTERM"
        guard shared.stage == .serving else {
            logger.info("\(name) again: closing what is left")
            shared.stage = .draining
            return workers.requestStop()
        }
        let delay = snapshot.configuration.drainDelay
        guard delay > .zero else { return drain(name) }
        shared.stage = .leaving
        logger.info("\(name): not ready any more, and serving for another \(delay.text) whoever still comes")
        loop.set(drainTimer, to: loop.refreshNow().advanced(byNanoseconds: delay.wholeNanoseconds))
    }

    /// Takes no more clients; `cause` is why.
    private func drain(_ cause: String) {
        guard shared.stage != .draining else { return }
        shared.stage = .draining
        let timeout = snapshot.configuration.drainTimeout
        logger.info("\(cause): finishing requests in flight, for at most \(timeout.text)")
        workers.requestDrain()
    }
}

extension ControlLoop: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        drain("drain_delay is over")
    }
}

extension ControlLoop: EventHandler {
    func handle(_ readiness: Readiness, on descriptor: Int32) {
        if descriptor == workers.news.descriptor {
            workers.news.reset()
            announceChange()
            // Clients of a listener without a worker would wait for ever.
            if workers.haveFailed { workers.requestStop() }
            if workers.haveEnded { loop.stop() }
            return
        }
        // Several that have come together ask for the same.
        var asksForReload = false
        while let signal = signals.next() {
            if signal == SIGHUP { asksForReload = true } else { stop(signal) }
        }
        if asksForReload { reload("SIGHUP") }
    }
}
