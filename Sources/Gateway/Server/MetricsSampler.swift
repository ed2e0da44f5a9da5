// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Looks at the counters of all backends every few seconds, so that it is known what the last minute was like.
final class MetricsSampler: TimerHandler {
    private let registry: MetricsRegistry
    private let loop: EventLoop
    private var timer: TimerID = .none

    init(_ registry: MetricsRegistry, on loop: EventLoop) {
        self.registry = registry
        self.loop = loop
    }

    /// The loop keeps this object until ``stop()``.
    func start() {
        timer = loop.makeTimer(self)
        sample(at: loop.refreshNow())
    }

    func stop() { loop.release(timer) }

    func timerFired(_ timer: TimerID, at now: MonotonicTime) { sample(at: now) }

    private func sample(at now: MonotonicTime) {
        for pool in registry.pools.present {
            for metrics in pool.backendMetrics { metrics.sample(at: now.nanoseconds) }
        }
        loop.set(timer, to: now.advanced(byNanoseconds: LatencyWindow.interval))
    }
}
