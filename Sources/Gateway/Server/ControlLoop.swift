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
    private let ending: Wakeup
    private var health: [HealthChecker] = []
    private var isDraining = false

    /// `ending` is woken by each worker that has served its last client.
    init(
        _ shared: SharedState,
        log: AccessLog,
        signals: Signals,
        workers: [WorkerControl],
        ending: Wakeup
    ) throws(SystemError) {
        self.shared = shared
        self.log = log
        self.signals = signals
        self.workers = workers
        self.ending = ending
        loop = try EventLoop()
        try loop.register(signals.descriptor, .readable, handler: self)
        try loop.register(ending.descriptor, .readable, handler: self)
    }

    /// Says that the gateway runs, and runs until it was told to stop and every worker has ended.
    ///
    /// - Throws: libcurl cannot ping a backend, for lack of memory or of a feature.
    func run(announcing ports: [UInt16]) throws {
        let list = ports.map { "\($0)" }.joined(separator: ", ")
        let noun = ports.count == 1 ? "port" : "ports"
        log.info(
            "Load balancer running on \(noun) \(list)",
            fields: [LogField("port", .integer(Int64(ports.first ?? 0)))]
        )
        health = shared.pools.map { pool in
            HealthChecker(pool.health, on: loop) { [log] backend, isHealthy, result in
                log.health(backend: backend.name, healthy: isHealthy, finding: result.finding)
            }
        }
        for checker in health { try checker.start() }
        loop.run(owner: self)
        for checker in health { checker.stop() }
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
    }
}

extension ControlLoop: EventHandler {
    func handle(_ readiness: Readiness, on descriptor: Int32) {
        if descriptor == ending.descriptor {
            ending.reset()
            if workers.allSatisfy(\.hasEnded) { loop.stop() }
            return
        }
        while let signal = signals.next() {
            // SIGHUP asks for a reload, which there is not yet: it must not end the gateway.
            if signal == SIGTERM || signal == SIGINT { drain(signal) }
        }
    }
}
