// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The health of every backend of one pool: fed by the control thread with pings and by workers with failed requests.
///
/// It is the only writer of the pool's availability. A lock for each backend orders the signs that different threads
/// bring; it is taken for a ping or a failure, and never to read availability.
package final class PoolHealth: Sendable {
    package let pool: BackendPool
    private let records: [HealthRecord]

    package init(pool: BackendPool) {
        self.pool = pool
        let check = pool.healthCheck
        records = pool.backends.map { _ in HealthRecord(HealthState(rise: check.rise, fall: check.fall)) }
    }

    /// What is known of `backend` at this moment.
    package func status(of backend: Backend) -> HealthState.Status {
        records[backend.index].update { $0.status }
    }

    /// See ``HealthState/pingSucceeded(startedAt:)``. Whoever gets a transition logs it; nobody else gets that one.
    package func pingSucceeded(_ backend: Backend, startedAt: UInt64) -> HealthTransition? {
        update(backend) { $0.pingSucceeded(startedAt: startedAt) }
    }

    /// See ``HealthState/pingFailed(startedAt:)``. Whoever gets a transition logs it; nobody else gets that one.
    package func pingFailed(_ backend: Backend, startedAt: UInt64) -> HealthTransition? {
        update(backend) { $0.pingFailed(startedAt: startedAt) }
    }

    /// Takes `backend` out of rotation before it returns, so that a retry, and every request after it, goes elsewhere.
    ///
    /// Called by a worker when a request failed there and the backend is to blame. Of many requests that fail
    /// together, one call gets the transition and logs it.
    ///
    /// - Parameters:
    ///   - backend: one of this pool's backends.
    ///   - time: when it failed, in nanoseconds of the clock that pings are timed with.
    /// - Returns: what this changed, or `nil`.
    package func failedWhileProxying(_ backend: Backend, at time: UInt64) -> HealthTransition? {
        update(backend) { $0.failedWhileProxying(at: time) }
    }

    private func update(
        _ backend: Backend,
        _ change: (inout HealthState) -> HealthTransition?
    ) -> HealthTransition? {
        records[backend.index].update { state in
            guard let transition = change(&state) else { return nil }
            // Under the lock: two transitions that follow each other must reach the bitmap in the same order.
            pool.setAvailable(backend.index, transition == .becameHealthy)
            return transition
        }
    }
}

/// One backend's state in a box of its own, since an array cannot hold a mutex.
private final class HealthRecord: Sendable {
    private let state: Mutex<HealthState>
    /// Says to ThreadSanitizer what the mutex guarantees: the mutex works within the Swift library, where the sanitizer
    /// does not look, so without this it takes every hand-over for a race. Two plain moves, and not on the hot path.
    private let handover = Atomic<Bool>(false)

    init(_ state: HealthState) {
        self.state = Mutex(state)
    }

    /// Runs `body` with nobody else in it.
    func update<Result: Sendable>(_ body: (inout HealthState) -> Result) -> Result {
        state.withLock { state in
            _ = handover.load(ordering: .acquiring)
            defer { handover.store(true, ordering: .releasing) }
            return body(&state)
        }
    }
}
