// SPDX-License-Identifier: Apache-2.0

/// The available backend where the next request will probably be answered first: by how long the backend took to begin
/// its answers of late (``LatencyEstimate``), times the requests that it has and the new one, over its weight.
///
/// A backend of which nothing is known is asked at once, but with one request at a time until it has answered.
package final class LeastTime: BalancingStrategy {
    private let turns: WeightedTurns

    /// Longer than any answer takes, in nanoseconds: what a second request waits for where the first has no answer yet.
    private static let longest = 1e15

    /// - Parameter weights: Of the pool's backends, in order.
    package init(weights: [Int]) {
        turns = WeightedTurns(weights: weights)
    }

    package var usesLatency: Bool { true }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        let measures = pool.measures
        let candidates = pool.candidates(excluding: tried)
        let index = turns.pick(among: candidates, of: pool, at: request.time) { index in
            let inFlight = Double(measures.inFlight[signed: index])
            let estimate = LatencyEstimate(packed: measures.latency[index])
            let cost =
                estimate.isUnknown
                ? inFlight * Self.longest : Double(estimate.value(at: request.time)) * (inFlight + 1)
            return (work: cost, share: pool.doubleShare(of: index, at: request.time))
        }
        return index.map { pool.backends[$0] }
    }
}
