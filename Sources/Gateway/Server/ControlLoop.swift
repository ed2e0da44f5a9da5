// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Reactor

/// What goes on beside the requests, on a loop of its own: signals and health checks.
final class ControlLoop: EventLoopOwner {
    private let loop: EventLoop
    private let shared: SharedState
    private let log: AccessLog
    private let signals: Signals
    private let workers: [WorkerControl]
    private var health: [HealthChecker] = []
    private var isDraining = false

    init(_ shared: SharedState, log: AccessLog, signals: Signals, workers: [WorkerControl]) throws(SystemError) {
        self.shared = shared
        self.log = log
        self.signals = signals
        self.workers = workers
        loop = try EventLoop()
        try loop.register(signals.descriptor, .readable, handler: self)
    }

    /// Says that the gateway runs, and runs until it is told to stop.
    func run(announcing ports: [UInt16]) {
        let list = ports.map { "\($0)" }.joined(separator: ", ")
        let noun = ports.count == 1 ? "port" : "ports"
        log.info(
            "Load balancer running on \(noun) \(list)",
            fields: [LogField("port", .integer(Int64(ports.first ?? 0)))]
        )
        loop.run(owner: self)
    }

    /// Says that the gateway has stopped, after the workers have.
    func finish() {
        log.info("Load balancer stopped")
        log.commit()
    }

    func finishTurn() {
        log.commit()
    }

    private func drain(_ signal: Int32) {
        let name = signal == SIGINT ? "SIGINT" : "SIGTERM"
        if isDraining {
            log.info("\(name) again: closing what is left")
            for worker in workers { worker.requestStop() }
            return
        }
        isDraining = true
        log.info("\(name): finishing requests in flight, for at most \(shared.configuration.drainTimeout)")
        for worker in workers { worker.requestDrain() }
        loop.stop()
    }
}

extension ControlLoop: EventHandler {
    func handle(_ readiness: Readiness, on descriptor: Int32) {
        while let signal = signals.next() {
            // SIGHUP asks for a reload, which there is not yet: it must not end the gateway.
            if signal == SIGTERM || signal == SIGINT { drain(signal) }
        }
    }
}
