// SPDX-License-Identifier: Apache-2.0

/// The strategies that a configuration may name. Adding one is one file for the strategy and one line here.
package enum StrategyRegistry {
    private static let strategies: [(name: String, make: @Sendable () -> any BalancingStrategy)] = [
        ("round_robin", { RoundRobin() })
    ]

    /// Every name that ``makeStrategy(named:)`` knows, the default first.
    package static var names: [String] {
        strategies.map(\.name)
    }

    /// A new strategy for one pool, or `nil` when none has this name.
    package static func makeStrategy(named name: String) -> (any BalancingStrategy)? {
        strategies.first { $0.name == name }?.make()
    }
}
