// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Logging
internal import Reactor

/// What goes on beside the requests, on a loop of its own: signals, health checks, and changes of the configuration.
final class ControlLoop: EventLoopOwner {
    /// What a server knows of the world beside its configuration.
    struct Surroundings {
        /// What the log calls the server.
        let name: String
        /// Where the configuration can be read from again.
        let source: ConfigurationSource?
        /// How another process can be started like this one.
        let invocation: Invocation?
        /// How others have it do something.
        let control: GatewayControl

        var mailbox: ControlMailbox { control.mailbox }

        init(
            _ name: String,
            _ source: ConfigurationSource? = nil,
            _ invocation: Invocation? = nil
        ) throws(StartError) {
            self.name = name
            self.source = source
            self.invocation = invocation
            do {
                control = GatewayControl(try ControlMailbox())
            } catch {
                throw StartError("the server could not start: \(error); raise the limit of open files (ulimit -n)")
            }
        }
    }

    let loop: EventLoop
    let surroundings: Surroundings
    let log: AccessLog
    private(set) var logger: Logger
    private let diagnostics: DiagnosticLog
    private let sink: LogSink
    private let signals: Signals
    let workers: WorkerGroup
    let watches: PoolWatches
    /// What workers go by, or are about to.
    var snapshot: Snapshot
    /// The configuration without what operators have changed beside it.
    var file: GatewayConfiguration
    /// What they have changed.
    var overrides = Overrides()
    /// What there is to say of it, and of those before it that not all workers had gone by yet, when they all do.
    var announcements: [Announcement] = []
    /// Replaces this process when it runs.
    var successor: Successor?
    /// Who is told how far this process has come.
    var serviceManager: ServiceManager
    /// The predecessor, if there is one, and the service manager have been told that this process runs.
    private var hasToldOthers = false
    private var stopRequests = StopRequests()
    private var drainTimer = TimerID.none
    private var fileTimer = TimerID.none
    /// When ``successor`` has had time enough.
    private(set) var successorTimer = TimerID.none
    /// Whether the file of the configuration has changed.
    var fileWatch = FileWatch(nil)

    private var name: String { surroundings.name }
    var shared: SharedState { snapshot.shared }

    /// `signals` are those of ``makeSignals()``; `workers` have been started.
    init(
        _ snapshot: Snapshot,
        sink: LogSink,
        signals: Signals,
        workers: WorkerGroup,
        surroundings: Surroundings
    ) throws(SystemError) {
        self.snapshot = snapshot
        file = snapshot.configuration
        self.surroundings = surroundings
        serviceManager = ServiceManager(surroundings.invocation?.environment)
        log = sink.makeAccessLog()
        self.sink = sink
        let diagnostics = DiagnosticLog(sink: sink)
        self.diagnostics = diagnostics
        logger = Logger(label: "curlew") { diagnostics.handler(label: $0) }
        self.signals = signals
        self.workers = workers
        loop = try EventLoop()
        watches = PoolWatches(on: loop, log: log)
        try loop.register(signals.descriptor, .readable, handler: self)
        try loop.register(workers.news.descriptor, .readable, handler: self)
        try loop.register(surroundings.mailbox.wakeup.descriptor, .readable, handler: self)
        drainTimer = loop.makeTimer(self)
        fileTimer = loop.makeTimer(self)
        successorTimer = loop.makeTimer(self)
    }

    /// Blocks what a server is told with for the calling thread and all that it starts later, and makes it events.
    static func makeSignals() throws(StartError) -> Signals {
        do {
            return try Signals([SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD])
        } catch {
            throw StartError("signals cannot be received: \(error); raise the limit of open files (ulimit -n)")
        }
    }

    /// Says that the server runs, and runs until it was told to stop and every worker has ended.
    ///
    /// - Throws: libcurl cannot ping a backend, for lack of memory or of a feature; a worker could not start.
    func run() throws {
        log.info(
            "\(name) running on \(portList)",
            fields: [LogField("port", .integer(Int64(workers.ports.first ?? 0)))]
        )
        warnOfDescriptors()
        warnOfSettings()
        watches.watch(snapshot, try watches.prepare(snapshot))
        watchFile()
        let sampler = shared.metrics.isWatched ? MetricsSampler(shared.metrics, on: loop) : nil
        sampler?.start()
        loop.run(owner: self)
        sampler?.stop()
        watches.stop()
        // The loop keeps its handlers, and this one keeps the loop: neither would ever be freed.
        loop.deregister(signals.descriptor)
        loop.deregister(workers.news.descriptor)
        loop.deregister(surroundings.mailbox.wakeup.descriptor)
        loop.release(drainTimer)
        loop.release(fileTimer)
        loop.release(successorTimer)
        // One that heeds nothing would keep the sockets open.
        if let successor, !successor.serves { successor.process.end(.forced) }
        if workers.haveFailed { throw StartError("a worker could not start; the log says why") }
    }

    /// `port 3000`. `0.0.0.0:3000` and `[::]:3000` are one port to whoever reads this.
    private var portList: String {
        var ports: [UInt16] = []
        for port in workers.ports where !ports.contains(port) { ports.append(port) }
        return (ports.count == 1 ? "port " : "ports ") + ports.map { "\($0)" }.joined(separator: ", ")
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

    /// Some may count for nothing: libcurl may be too old for HTTP/2 to backends.
    func warnOfSettings() {
        for note in snapshot.configuration.notes { logger.warning("\(note)") }
        if let note = snapshot.configuration.unusedHTTP2 { logger.warning("\(note)") }
    }

    /// Logs as `configuration` says from now on.
    func follow(_ configuration: LogConfiguration) {
        log.follow(configuration)
        logger.logLevel = diagnostics.follow(configuration)
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

    private func stop(_ signal: Signals.Arrival) {
        let name = signal.number == SIGINT ? "SIGINT" : "SIGTERM"
        if signal.sender == successor?.id {
            successor?.serves = true
            loop.clear(successorTimer)
            // It has come to serve though it was to stop too; nobody has asked for this one to hurry.
            guard shared.stage == .serving else { return }
        }
        switch stopRequests.asked(at: loop.refreshNow()) {
        case .stop: break
        case .same:
            return logger.info("\(name) again within a second, taken for the same; one after that ends it at once")
        case .endAtOnce:
            logger.info("\(name) again: closing what is left")
            shared.stage = .draining
            return workers.requestStop()
        }
        endSuccessor(name)
        // As long as another process serves, the service does.
        let isReplaced = successor?.serves ?? false
        if !isReplaced { serviceManager.stopping() }
        let delay = snapshot.configuration.drainDelay
        // Where another process serves the same sockets already, nobody has to go elsewhere.
        guard delay > .zero, !isReplaced else { return drain(name) }
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

// MARK: - Events

extension ControlLoop: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        switch timer {
        case drainTimer: drain("drain_delay is over")
        case successorTimer: giveUpSuccessor()
        default: lookAtFile()
        }
    }

    /// Looks at the file of the configuration again after this time, or not at all.
    func setFileTimer(after duration: Duration?) {
        guard let duration else { return loop.clear(fileTimer) }
        loop.set(fileTimer, to: loop.refreshNow().advanced(byNanoseconds: max(10_000_000, duration.wholeNanoseconds)))
    }
}

extension ControlLoop: EventHandler {
    func handle(_ readiness: Readiness, on descriptor: Int32) {
        switch descriptor {
        case workers.news.descriptor: hearWorkers()
        case surroundings.mailbox.wakeup.descriptor:
            for job in surroundings.mailbox.takeAll() { job(self) }
        default: hearSignals()
        }
    }

    private func hearWorkers() {
        workers.news.reset()
        announceChanges()
        if !hasToldOthers, workers.haveAdopted(1), !workers.haveFailed {
            hasToldOthers = true
            serviceManager.ready("serving on \(portList)")
            tellPredecessor()
        }
        // Clients of a listener without a worker would wait for ever.
        if workers.haveFailed { workers.requestStop() }
        if workers.haveEnded { loop.stop() }
    }

    private func hearSignals() {
        // Several that have come together ask for the same.
        var asksForReload = false
        while let signal = signals.next() {
            switch signal.number {
            case SIGHUP: asksForReload = true
            case SIGUSR1: sink.reopen()
            case SIGUSR2: startSuccessor()
            case SIGCHLD: lookAfterSuccessor()
            default: stop(signal)
            }
        }
        if asksForReload { reload("SIGHUP") }
    }
}
