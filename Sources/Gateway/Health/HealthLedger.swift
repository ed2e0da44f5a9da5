// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What is known of the health of one pool's backends, for as long as the pool keeps its name: see ``PoolHealth``, which
/// there is one of for each configuration.
final class HealthLedger: Sendable {
    private struct State {
        /// The pool as it is now, whose bitmap says what is known.
        var pool: BackendPool
        var availability: PoolAvailability
    }

    private let state: Mutex<State>
    /// Says to ThreadSanitizer what the mutex guarantees: the mutex works within the Swift library, where the sanitizer
    /// does not look, so without this it takes every hand-over for a race. Two plain moves, and not on the hot path.
    private let handover = Atomic<Bool>(false)

    init(_ pool: BackendPool, _ outlier: OutlierConfiguration?) {
        let (count, disabled) = (pool.backends.count, pool.disabledPlaces)
        let availability = PoolAvailability(pool.healthCheck, outlier, backends: count, disabled: disabled)
        state = Mutex(State(pool: pool, availability: availability))
    }

    /// The backends are those of `pool` from now on. What is known of those that stay is kept.
    func change(to pool: BackendPool, _ outlier: OutlierConfiguration?) {
        locked { state in
            guard state.pool !== pool else { return }
            let places = pool.places(in: state.pool)
            let disabled = pool.disabledPlaces
            state.availability = state.availability.changed(pool.healthCheck, outlier, places, disabled: disabled)
            for (index, place) in places.enumerated() where pool.backends[index].isEnabled {
                if let place, !state.pool.backends[place].isEnabled { pool.wasEnabled(index) }
            }
            state.pool = pool
            Self.publish(state)
        }
    }

    /// Calls `body` with all that is known and the index of `backend`, which may be an object of an earlier configuration.
    ///
    /// - Returns: What `body` returns; `nil`, without a call, where the backend is no longer in the pool.
    @discardableResult
    func update<Result: Sendable>(
        _ backend: Backend,
        _ body: (inout PoolAvailability, _ index: Int) -> Result
    ) -> Result? {
        locked { state in
            guard let index = state.pool.place(of: backend) else { return nil }
            return Self.update(&state) { body(&$0, index) }
        }
    }

    /// Calls `body` with all that is known.
    func update<Result: Sendable>(_ body: (inout PoolAvailability) -> Result) -> Result {
        locked { Self.update(&$0, body) }
    }

    private static func update<Result>(_ state: inout State, _ body: (inout PoolAvailability) -> Result) -> Result {
        let before = state.availability.revision
        let result = body(&state.availability)
        if state.availability.revision != before { publish(state) }
        return result
    }

    /// What has changed since any thread last asked.
    func takeNews() -> [(backend: Backend, change: HealthChange)] {
        locked { state in state.availability.takeNews().map { (state.pool.backends[$0.index], $0) } }
    }

    /// What is known of each backend, by what it is counted under.
    func reports(_ key: (Backend) -> BackendRecord) -> [ObjectIdentifier: BackendHealth] {
        locked { state in
            var reports: [ObjectIdentifier: BackendHealth] = [:]
            for backend in state.pool.backends {
                reports[ObjectIdentifier(key(backend))] = BackendHealth(of: backend.index, in: state.availability)
            }
            return reports
        }
    }

    /// See ``PoolHealth/changes(after:)``.
    func changes(after count: Int) -> (changes: [(backend: Backend, change: HealthChange)], count: Int) {
        locked { state in
            let (changes, total) = state.availability.changes(after: count)
            return (changes.map { (state.pool.backends[$0.index], $0) }, total)
        }
    }

    /// Under the lock: two changes that follow each other must reach the bitmap in the same order. Who comes is published
    /// before who goes, so that nobody finds the pool empty in between.
    private static func publish(_ state: borrowing State) {
        let (pool, availability) = (state.pool, state.availability)
        for index in pool.backends.indices where availability.isAvailable(index) && !pool.isAvailable(index) {
            pool.setAvailable(index, true)
        }
        for index in pool.backends.indices where !availability.isAvailable(index) && pool.isAvailable(index) {
            pool.setAvailable(index, false)
        }
    }

    /// Runs `body` with nobody else in it.
    private func locked<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            _ = handover.load(ordering: .acquiring)
            defer { handover.store(true, ordering: .releasing) }
            return body(&state)
        }
    }
}

extension BackendPool {
    /// The indices of those that may have no new requests.
    fileprivate var disabledPlaces: Set<Int> { Set(backends.indices.filter { !backends[$0].isEnabled }) }
}
