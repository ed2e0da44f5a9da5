// SPDX-License-Identifier: Apache-2.0

/// Two random available backends, each as often as its weight says, and of them the one with fewer requests in flight for
/// its weight: nearly as even as looking at all of them, at a cost that does not grow with the pool, and with no crowd
/// where several gateways see the same backend idle (Mitzenmacher 2001).
package final class PowerOfTwo: BalancingStrategy {
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
        let time = request.time
        guard let first = draw.draw(among: candidates, using: random, at: time) else { return nil }
        guard let second = draw.draw(among: candidates, butNot: first, using: random, at: time) else {
            return pool.backends[first]
        }
        // Among equals the first, since that one is drawn in proportion.
        return pool.backends[load(of: second, in: pool, time) < load(of: first, in: pool, time) ? second : first]
    }

    private func load(of index: Int, in pool: BackendPool, _ time: UInt64) -> Double {
        Double(pool.measures.inFlight[signed: index]) / pool.doubleShare(of: index, at: time)
    }
}
