// SPDX-License-Identifier: Apache-2.0

/// A pool and the strategy that chooses from it. Shared by all workers.
package final class LoadBalancer: Sendable {
    package let pool: BackendPool
    private let strategy: any BalancingStrategy

    package init(pool: BackendPool, strategy: any BalancingStrategy) {
        self.pool = pool
        self.strategy = strategy
    }

    /// The pool that `configuration` describes with the strategy that it names; `nil` when no strategy has that name,
    /// which a validated configuration rules out.
    package convenience init?(_ configuration: PoolConfiguration) {
        guard let strategy = StrategyRegistry.makeStrategy(named: configuration.strategy) else { return nil }
        self.init(pool: BackendPool(configuration), strategy: strategy)
    }

    /// The backend to send `request` to, which is available and not in `tried`; `nil` when there is none.
    package func pick(for request: RequestKey, tried: BackendSet) -> Backend? {
        let backend = strategy.pick(from: pool, for: request, tried: tried)
        assert(backend.map { !tried.contains($0.index) } ?? true, "the strategy chose a backend that was tried before")
        return backend
    }
}
