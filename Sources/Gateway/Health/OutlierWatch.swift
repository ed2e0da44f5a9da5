// SPDX-License-Identifier: Apache-2.0

package import Reactor

/// Has a pool's ejections looked after on the control loop: those that are over, and those that are due.
package final class OutlierWatch: TimerHandler {
    private let health: PoolHealth
    private let loop: EventLoop
    private let report: () -> Void
    private var timer: TimerID?
    /// Backends are ejected by other threads, without a word to this one; so it looks at least so often, in nanoseconds.
    private let interval: UInt64

    /// - Parameters:
    ///   - health: what is looked after.
    ///   - outlier: says how often.
    ///   - loop: whose thread it is that looks.
    ///   - report: called when something may have changed.
    package init(
        _ health: PoolHealth,
        _ outlier: OutlierConfiguration,
        on loop: EventLoop,
        report: @escaping () -> Void
    ) {
        self.health = health
        self.loop = loop
        self.report = report
        let window = outlier.window.wholeNanoseconds / UInt64(OutlierDetector.slots)
        interval = max(10_000_000, min(window, outlier.ejectFor.wholeNanoseconds / 10, 1_000_000_000))
    }

    /// The loop keeps this object until ``stop()``.
    package func start() {
        guard timer == nil else { return }
        timer = loop.makeTimer(self)
        look(at: loop.refreshNow())
    }

    package func stop() {
        timer.map(loop.release)
        timer = nil
    }

    package func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        look(at: now)
    }

    private func look(at now: MonotonicTime) {
        guard let timer, let next = health.tick(at: now.nanoseconds) else { return }
        report()
        let soon = now.advanced(byNanoseconds: interval)
        loop.set(timer, to: min(soon, max(MonotonicTime(nanoseconds: next), now.advanced(byNanoseconds: 1_000_000))))
    }
}
