// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The health of every backend of one pool: fed by the control thread with pings and by workers with what requests there
/// came to.
///
/// It is the only writer of the pool's availability. A lock orders the signs that different threads bring; it is taken for a
/// ping, a failure or an ejection, and never to read availability or to count a good answer.
package final class PoolHealth: Sendable {
    package let pool: BackendPool
    /// Answers are to be told to ``answered(_:status:latency:at:)``; else nobody needs to know of them.
    package let watchesAnswers: Bool
    /// How requests that find nobody have those that are out pinged at once.
    package let urgent = UrgentPings()
    private let passiveFall: Int
    private let countsForOutliers: Bool
    private let tallies: [ResponseTally]
    private let state: Mutex<PoolAvailability>
    /// Says to ThreadSanitizer what the mutex guarantees: the mutex works within the Swift library, where the sanitizer
    /// does not look, so without this it takes every hand-over for a race. Two plain moves, and not on the hot path.
    private let handover = Atomic<Bool>(false)

    package init(pool: BackendPool, outlier: OutlierConfiguration? = nil) {
        self.pool = pool
        let check = pool.healthCheck
        passiveFall = check.passiveFall
        countsForOutliers = outlier != nil
        watchesAnswers = outlier != nil || check.passiveFall > 1
        tallies = pool.backends.map { _ in ResponseTally(measures: outlier?.needsSamples == true) }
        state = Mutex(PoolAvailability(check, outlier, backends: pool.backends.count))
    }

    // MARK: What is known

    /// What is known of the health of `backend` at this moment.
    package func status(of backend: Backend) -> HealthState.Status {
        update { $0.status(of: backend.index) }
    }

    /// Whether `backend` is kept out for a time because it answers badly.
    package func isEjected(_ backend: Backend) -> Bool {
        update { $0.isEjected(backend.index) }
    }

    /// When `backend` last came or went, and why; `nil` before its first ping.
    package func lastChange(of backend: Backend) -> HealthChange? {
        update { $0.lastChange(of: backend.index) }
    }

    /// What has changed since any thread last asked, for whoever asks to log. To be asked after each call below that may
    /// have changed something.
    package func takeNews() -> [HealthChange] {
        update { $0.takeNews() }
    }

    // MARK: Pings

    /// See ``HealthState/pingSucceeded(startedAt:)``.
    package func pingSucceeded(
        _ backend: Backend,
        startedAt: UInt64,
        at now: UInt64,
        _ finding: HealthFinding
    ) -> HealthTransition? {
        change(backend, at: now, finding) { $0.pingSucceeded(startedAt: startedAt) }
    }

    /// See ``HealthState/pingFailed(startedAt:)``.
    package func pingFailed(
        _ backend: Backend,
        startedAt: UInt64,
        at now: UInt64,
        _ finding: HealthFinding
    ) -> HealthTransition? {
        change(backend, at: now, finding) { $0.pingFailed(startedAt: startedAt) }
    }

    // MARK: Requests

    /// Takes `backend` out of rotation before it returns, so that a retry, and every request after it, goes elsewhere; or
    /// only counts, if `passive_fall` wants more failures in a row.
    ///
    /// Called by a worker when a request failed there and the backend is to blame. Of many requests that fail
    /// together, one call gets the transition.
    ///
    /// - Parameters:
    ///   - backend: one of this pool's backends.
    ///   - time: when it failed, in nanoseconds of the clock that pings are timed with.
    ///   - reason: what happened.
    /// - Returns: what this changed, or `nil`.
    package func failedWhileProxying(_ backend: Backend, at time: UInt64, reason: String) -> HealthTransition? {
        if passiveFall > 1 {
            guard tallies[backend.index].failedAgain() >= passiveFall else { return nil }
            tallies[backend.index].startAnew()
        }
        return change(backend, at: time, .error(reason)) { $0.failedWhileProxying(at: time) }
    }

    /// An attempt at `backend` got no answer: counts for the share of failures.
    package func wentUnanswered(_ backend: Backend) {
        if countsForOutliers { tallies[backend.index].failed() }
    }

    /// `backend` has answered with `status`, the first byte after `latency` nanoseconds. Takes no lock unless it has given
    /// so many 5xx in a row that it is out from now on.
    package func answered(_ backend: Backend, status: Int, latency: UInt64, at now: UInt64) {
        let inARow = tallies[backend.index].answered(status, latency: latency)
        guard countsForOutliers, inARow > 0 else { return }
        update { state in
            guard let limit = state.detector?.configuration.consecutive5xx, inARow >= limit else { return }
            state.serverErrors(inARow: inARow, of: backend.index, at: now)
            publish(state)
        }
    }

    /// Brings back those whose ejection is over, and looks for outliers when it is time.
    ///
    /// - Returns: When to call it again, in nanoseconds; `nil` where nobody is ever ejected.
    package func tick(at now: UInt64) -> UInt64? {
        guard countsForOutliers else { return nil }
        return update { state in
            let back = state.tick(at: now) { tallies.map { $0.take() } }
            for index in back {
                tallies[index].startAnew()
                _ = tallies[index].take()
            }
            publish(state)
            return state.nextTick
        }
    }

    // MARK: Changes

    private func change(
        _ backend: Backend,
        at now: UInt64,
        _ finding: HealthFinding,
        _ change: (inout HealthState) -> HealthTransition?
    ) -> HealthTransition? {
        update { state in
            guard let transition = state.update(backend.index, at: now, finding, change) else { return nil }
            publish(state)
            return transition
        }
    }

    /// Under the lock: two changes that follow each other must reach the bitmap in the same order. Who comes is published
    /// before who goes, so that nobody finds the pool empty in between.
    private func publish(_ state: borrowing PoolAvailability) {
        for index in pool.backends.indices where state.isAvailable(index) && !pool.isAvailable(index) {
            pool.setAvailable(index, true)
        }
        for index in pool.backends.indices where !state.isAvailable(index) && pool.isAvailable(index) {
            pool.setAvailable(index, false)
        }
    }

    /// Runs `body` with nobody else in it.
    private func update<Result: Sendable>(_ body: (inout PoolAvailability) -> Result) -> Result {
        state.withLock { state in
            _ = handover.load(ordering: .acquiring)
            defer { handover.store(true, ordering: .releasing) }
            return body(&state)
        }
    }
}
