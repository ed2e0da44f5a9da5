// SPDX-License-Identifier: Apache-2.0

/// The health of every backend of one pool: fed by the control thread with pings and by workers with what requests there
/// came to.
///
/// It is the only writer of the pool's availability. A lock orders the signs that different threads bring; it is taken for a
/// ping, a failure or an ejection, and never to read availability or to count a good answer.
///
/// When the configuration changes, another object goes on with what this one knows (``takeOver()``). What somebody who
/// still holds this one tells it goes there too.
package final class PoolHealth: Sendable {
    package let pool: BackendPool
    /// Answers are to be told to ``answered(_:status:latency:at:)``; else nobody needs to know of them.
    package let watchesAnswers: Bool
    /// How requests that find nobody have those that are out pinged at once.
    package let urgent: UrgentPings
    private let outlier: OutlierConfiguration?
    private let passiveFall: Int
    private let tallies: [ResponseTally]
    private let ledger: HealthLedger

    private var countsForOutliers: Bool { outlier != nil }

    /// - Parameters:
    ///   - pool: Whose health it is.
    ///   - outlier: Who is kept out though he is healthy; `nil` for nobody.
    ///   - previous: That of the pool before the configuration changed. It goes on until ``takeOver()``.
    package init(pool: BackendPool, outlier: OutlierConfiguration? = nil, after previous: PoolHealth? = nil) {
        self.pool = pool
        self.outlier = outlier
        let check = pool.healthCheck
        passiveFall = check.passiveFall
        watchesAnswers = outlier != nil || check.passiveFall > 1
        let measures = outlier?.needsSamples == true
        let places = previous.map { pool.places(in: $0.pool) }
        tallies = pool.backends.indices.map { index in
            guard let previous, let place = places?[index], previous.tallies[place].measures == measures else {
                return ResponseTally(measures: measures)
            }
            return previous.tallies[place]
        }
        ledger = previous?.ledger ?? HealthLedger(pool, outlier)
        urgent = previous?.urgent ?? UrgentPings()
    }

    /// From now on what is known is about this pool. The pool's bitmap is right when this returns; nobody may use it before.
    package func takeOver() {
        ledger.change(to: pool, outlier)
    }

    // MARK: What is known

    /// What is known of the health of `backend` at this moment.
    package func status(of backend: Backend) -> HealthState.Status {
        ledger.update(backend) { $0.status(of: $1) } ?? .unknown
    }

    /// Whether `backend` is kept out for a time because it answers badly.
    package func isEjected(_ backend: Backend) -> Bool {
        ledger.update(backend) { $0.isEjected($1) } ?? false
    }

    /// When `backend` last came or went, and why; `nil` before its first ping.
    package func lastChange(of backend: Backend) -> HealthChange? {
        ledger.update(backend) { $0.lastChange(of: $1) } ?? nil
    }

    /// What is known of all backends at one moment, by ``Backend/index``.
    package var report: [BackendHealth] {
        let known = ledger.reports { backend in backend.record }
        return pool.backends.map { known[ObjectIdentifier($0.record)] ?? BackendHealth() }
    }

    /// The changes behind the first `count` that there ever were in a pool of this name, as far as they are remembered, and
    /// how many there were.
    package func changes(after count: Int) -> (changes: [(backend: Backend, change: HealthChange)], count: Int) {
        ledger.changes(after: count)
    }

    /// What has changed since any thread last asked, for whoever asks to log. To be asked after each call below that may
    /// have changed something.
    package func takeNews() -> [(backend: Backend, change: HealthChange)] {
        ledger.takeNews()
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
            guard let tally = tally(of: backend), tally.failedAgain() >= passiveFall else { return nil }
            tally.startAnew()
        }
        return change(backend, at: time, .error(reason)) { $0.failedWhileProxying(at: time) }
    }

    /// An attempt at `backend` got no answer: counts for the share of failures.
    package func wentUnanswered(_ backend: Backend) {
        if countsForOutliers { tally(of: backend)?.failed() }
    }

    /// `backend` has answered with `status`, the first byte after `latency` nanoseconds. Takes no lock unless it has given
    /// so many 5xx in a row that it is out from now on.
    package func answered(_ backend: Backend, status: Int, latency: UInt64, at now: UInt64) {
        let inARow = tally(of: backend)?.answered(status, latency: latency) ?? 0
        guard let limit = outlier?.consecutive5xx, inARow >= limit else { return }
        ledger.update(backend) { state, index in state.serverErrors(inARow: inARow, of: index, at: now) }
    }

    private func tally(of backend: Backend) -> ResponseTally? {
        pool.place(of: backend).map { tallies[$0] }
    }

    /// Brings back those whose ejection is over, and looks for outliers when it is time.
    ///
    /// To be called by the control thread alone, and for the pool as it is now.
    ///
    /// - Returns: When to call it again, in nanoseconds; `nil` where nobody is ever ejected.
    package func tick(at now: UInt64) -> UInt64? {
        guard countsForOutliers else { return nil }
        return ledger.update { state in
            let back = state.tick(at: now) { tallies.map { $0.take() } }
            for index in back {
                tallies[index].startAnew()
                _ = tallies[index].take()
            }
            return state.nextTick
        }
    }

    private func change(
        _ backend: Backend,
        at now: UInt64,
        _ finding: HealthFinding,
        _ change: (inout HealthState) -> HealthTransition?
    ) -> HealthTransition? {
        ledger.update(backend) { state, index in state.update(index, at: now, finding, change) } ?? nil
    }
}
