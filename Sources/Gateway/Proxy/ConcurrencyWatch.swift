// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Has a pool's limit of requests follow its backends' speed, on the control loop.
final class ConcurrencyWatch: TimerHandler {
    /// Between two looks, in nanoseconds.
    private static let interval: UInt64 = 100_000_000

    private let gate: PoolGate
    private let loop: EventLoop
    private var limit: AdaptiveLimit
    private var timer: TimerID?

    init(_ gate: PoolGate, _ limit: AdaptiveLimit, on loop: EventLoop) {
        self.gate = gate
        self.limit = limit
        self.loop = loop
    }

    /// The configuration has changed; what was found out stays.
    func change(to configuration: AdaptiveConcurrencyConfiguration) {
        limit.change(to: configuration)
        gate.set(limit: limit.current)
    }

    /// Whether it is this gate's.
    func watches(_ gate: PoolGate) -> Bool { self.gate === gate }

    /// The loop keeps this object until ``stop()``.
    func start() {
        let timer = loop.makeTimer(self)
        self.timer = timer
        loop.set(timer, to: loop.refreshNow().advanced(byNanoseconds: Self.interval))
    }

    func stop() {
        timer.map(loop.release)
        timer = nil
    }

    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        limit.update(gate.takeSample(), at: now.nanoseconds)
        gate.set(limit: limit.current)
        loop.set(timer, to: now.advanced(byNanoseconds: Self.interval))
    }
}
