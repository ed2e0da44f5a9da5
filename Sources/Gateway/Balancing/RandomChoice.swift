// SPDX-License-Identifier: Apache-2.0

/// Any available backend, each as often as its weight says: `random`.
package final class RandomChoice: BalancingStrategy {
    private let random: SharedRandom

    /// - Parameter seed: The same gives the same choices.
    package init(seed: UInt64) {
        random = SharedRandom(seed: seed)
    }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        pool.candidates(excluding: tried).random(using: random, at: request.time).map { pool.backends[$0] }
    }
}
