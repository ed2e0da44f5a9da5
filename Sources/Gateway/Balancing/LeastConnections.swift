// SPDX-License-Identifier: Apache-2.0

/// The available backend with the fewest requests in flight for its weight. Among equals, as in a pool that has little
/// to do, each in its turn.
///
/// Requests count from the moment they are placed, over all workers, so that a burst does not meet in one place.
package final class LeastConnections: BalancingStrategy {
    private let turns: WeightedTurns

    /// - Parameter weights: Of the pool's backends, in order.
    package init(weights: [Int]) {
        turns = WeightedTurns(weights: weights)
    }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        let inFlight = pool.measures.inFlight
        let candidates = pool.candidates(excluding: tried)
        let index = turns.pick(among: candidates, of: pool, at: request.time) { index in
            (work: inFlight[index], share: pool.share(of: index, at: request.time))
        }
        return index.map { pool.backends[$0] }
    }
}
