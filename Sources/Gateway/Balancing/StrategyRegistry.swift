// SPDX-License-Identifier: Apache-2.0

/// The strategies that a configuration may name. Adding one is one file for the strategy and one line here.
package enum StrategyRegistry {
    /// Makes a strategy for the pool that the configuration describes, with this seed for what is random about it.
    private typealias Maker = @Sendable (PoolConfiguration, UInt64) -> any BalancingStrategy

    /// What decides among backends that may all be picked.
    package enum Basis: String, Sendable, Encodable {
        /// Whose turn it is.
        case turn
        /// How much they have to do.
        case load
        /// How fast they have answered lately.
        case latency
        /// Chance.
        case chance
        /// Something of the request: like ones go to the same backend.
        case key
    }

    private static let strategies: [(name: String, basis: Basis, make: Maker)] = [
        ("round_robin", .turn, { pool, _ in roundRobin(for: pool) }),
        ("least_connections", .load, { pool, _ in LeastConnections(weights: pool.weights) }),
        ("power_of_two", .chance, { pool, seed in PowerOfTwo(weights: pool.weights, seed: seed) }),
        ("least_time", .latency, { pool, _ in LeastTime(weights: pool.weights) }),
        ("ip_hash", .key, { pool, _ in IPHash(pool.backends) }),
        ("consistent_hash", .key, { pool, _ in ConsistentHash(pool.backends, pool.hash) }),
        ("random", .chance, { pool, seed in RandomChoice(weights: pool.weights, seed: seed) }),
    ]

    /// What the strategy of this name goes by; `nil` when none has that name.
    package static func basis(of name: String) -> Basis? {
        strategies.first { $0.name == name }?.basis
    }

    /// The plain one where it is enough, since that costs next to nothing.
    private static func roundRobin(for pool: PoolConfiguration) -> any BalancingStrategy {
        if pool.hasEqualShares { RoundRobin() } else { WeightedRoundRobin(weights: pool.weights) }
    }

    /// Every name that a configuration may have, the default first.
    package static var names: [String] {
        strategies.map(\.name)
    }

    /// A new strategy for one pool.
    ///
    /// - Parameters:
    ///   - configuration: The pool's; it names the strategy.
    ///   - seed: For the strategies that are random: the same gives the same choices.
    /// - Returns: `nil` when no strategy has that name.
    package static func makeStrategy(
        for configuration: PoolConfiguration,
        seed: UInt64 = .random(in: .min ... .max)
    ) -> (any BalancingStrategy)? {
        strategies.first { $0.name == configuration.strategy }?.make(configuration, seed)
    }
}

extension PoolConfiguration {
    /// In the order of the backends.
    var weights: [Int] { backends.map(\.weight) }

    /// All backends have the same weight, and none starts slowly.
    var hasEqualShares: Bool {
        slowStart == nil && backends.allSatisfy { $0.weight == backends[0].weight }
    }
}
