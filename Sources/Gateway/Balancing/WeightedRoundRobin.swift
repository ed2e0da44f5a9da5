// SPDX-License-Identifier: Apache-2.0

/// Each available backend in its turn, as often as its weight says: `round_robin` where backends have different weights,
/// or start slowly. See ``WeightedTurns`` for what is promised.
///
/// Like ``RoundRobin`` it keeps the turns of retries apart.
package final class WeightedRoundRobin: BalancingStrategy {
    private let turns: WeightedTurns
    private let retryTurns: WeightedTurns

    /// - Parameter weights: Of the pool's backends, in order.
    package init(weights: [Int]) {
        turns = WeightedTurns(weights: weights)
        retryTurns = WeightedTurns(weights: weights)
    }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        let turns = tried.isEmpty ? self.turns : retryTurns
        let candidates = pool.candidates(excluding: tried)
        let index = turns.pick(among: candidates, of: pool, at: request.time) { _ in NoLoadRow() }
        return index.map { pool.backends[$0] }
    }
}
