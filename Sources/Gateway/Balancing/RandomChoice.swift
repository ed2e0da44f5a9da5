// SPDX-License-Identifier: Apache-2.0

/// Any available backend, each as often as its weight says: `random`.
package final class RandomChoice: BalancingStrategy {
    private let draw: WeightedDraw
    private let random: SharedRandom

    /// - Parameters:
    ///   - weights: Of the pool's backends, in order.
    ///   - seed: The same gives the same choices.
    package init(weights: [Int], seed: UInt64) {
        draw = WeightedDraw(weights: weights)
        random = SharedRandom(seed: seed)
    }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        let candidates = pool.candidates(excluding: tried)
        return draw.draw(among: candidates, using: random, at: request.time).map { pool.backends[$0] }
    }
}
