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
        let candidates = pool.candidates(excluding: tried)
        guard let index = index(among: candidates, of: pool, at: request.time) else { return nil }
        return pool.backends[index]
    }

    private func index(among candidates: Candidates, of pool: BackendPool, at time: UInt64) -> Int? {
        if pool.hasEqualShares {
            return turns.pick(among: candidates, of: pool, at: time) { position in
                InFlightRow(inFlight: pool.measures.inFlight.row(position))
            }
        }
        if pool.startsSlowly {
            return turns.pick(among: candidates, of: pool, at: time) { position in
                RelativeInFlightRow(
                    inFlight: pool.measures.inFlight.row(position),
                    shares: GrowingShareRow(pool: pool, position: position, time: time)
                )
            }
        }
        return turns.pick(among: candidates, of: pool, at: time) { position in
            RelativeInFlightRow(
                inFlight: pool.measures.inFlight.row(position),
                shares: LastingShareRow(shares: pool.wholeShares.row(position))
            )
        }
    }

    private struct InFlightRow: LoadRow {
        let inFlight: WordRow

        @inline(__always)
        subscript(place: Int) -> UInt64 { inFlight[place] }
    }

    private struct RelativeInFlightRow<Shares: ShareRow>: LoadRow {
        let inFlight: WordRow
        let shares: Shares

        @inline(__always)
        subscript(place: Int) -> RelativeLoad { RelativeLoad(work: inFlight[place], share: shares[place]) }
    }
}
