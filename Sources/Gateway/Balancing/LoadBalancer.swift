// SPDX-License-Identifier: Apache-2.0

/// A pool and the strategy that chooses from it. Shared by all workers.
package final class LoadBalancer: Sendable {
    package let pool: BackendPool
    /// See ``BalancingStrategy/keySource``.
    package let keySource: HashConfiguration.Source?
    /// See ``BalancingStrategy/usesLatency``.
    package let usesLatency: Bool
    private let strategy: any BalancingStrategy

    package init(pool: BackendPool, strategy: any BalancingStrategy) {
        self.pool = pool
        self.strategy = strategy
        keySource = strategy.keySource
        usesLatency = strategy.usesLatency
    }

    /// The pool that `configuration` describes with the strategy that it names; `nil` when no strategy has that name,
    /// which a validated configuration rules out.
    ///
    /// - Parameters:
    ///   - configuration: The pool's.
    ///   - previous: What there was of this pool before the configuration changed.
    package convenience init?(_ configuration: PoolConfiguration, after previous: LoadBalancer? = nil) {
        guard let strategy = StrategyRegistry.makeStrategy(for: configuration) else { return nil }
        if let old = previous?.strategy { strategy.goOn(from: old) }
        self.init(pool: BackendPool(configuration, after: previous?.pool), strategy: strategy)
    }

    /// What became of a request that asked for a backend.
    package enum Choice {
        /// It goes there. It is counted as in flight: ``Backend/requestEnded()`` must follow, whether it is sent or not.
        case backend(Backend)
        /// There are backends that it might go to, but each has as many requests as it may have: it can wait for one.
        case allFull
        /// Nobody is available that it has not tried.
        case noneAvailable

        /// The backend, if there is one.
        package var backend: Backend? {
            if case .backend(let backend) = self { backend } else { nil }
        }
    }

    /// The backend to send `request` to, which is available, not in `tried` and not full, and which now has it in flight.
    ///
    /// The one that the request prefers, if it may have it; otherwise the strategy's choice.
    package func pick(for request: RequestKey, tried: BackendSet) -> Choice {
        if let preferred = request.preferred, pool.candidates(excluding: tried).contains(preferred) {
            let backend = pool.backends[preferred]
            if backend.admitRequest() { return .backend(backend) }
        }
        guard let backend = choose(for: request, tried: tried) else {
            return pool.isFull(excluding: tried) ? .allFull : .noneAvailable
        }
        return backend.admitRequest() ? .backend(backend) : pick(for: request, tried: tried, butNot: backend)
    }

    /// Whom ``pick(for:tried:)`` would give `request` at this moment, without counting it or taking a turn.
    ///
    /// - Returns: The backend that the request prefers or belongs to, or the only one that it may have; `nil` where there is
    ///   none, and where whose turn it is, load or chance decides.
    package func foresee(for request: RequestKey, tried: BackendSet) -> Backend? {
        let candidates = pool.candidates(excluding: tried)
        if let preferred = request.preferred, candidates.contains(preferred) { return pool.backends[preferred] }
        if candidates.count == 1 { return candidates[place: 0] }
        // Such a strategy goes by the request and what is in the pool, and remembers nothing.
        return keySource == nil ? nil : choose(for: request, tried: tried)
    }

    /// Another than `full`, whose last place somebody else has just taken.
    @inline(never)
    private func pick(for request: RequestKey, tried: BackendSet, butNot full: Backend) -> Choice {
        var excluded = tried
        excluded.insert(full.index)
        while let backend = choose(for: request, tried: excluded) {
            if backend.admitRequest() { return .backend(backend) }
            excluded.insert(backend.index)
        }
        return pool.isFull(excluding: tried) ? .allFull : .noneAvailable
    }

    private func choose(for request: RequestKey, tried: BackendSet) -> Backend? {
        let backend = strategy.pick(from: pool, for: request, tried: tried)
        assert(backend.map { !tried.contains($0.index) } ?? true, "the strategy chose a backend that was tried before")
        return backend
    }
}
