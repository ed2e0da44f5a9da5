// SPDX-License-Identifier: Apache-2.0

/// The available backend where the next request will probably be answered first: by how long the backend took to begin
/// its answers of late (``LatencyEstimate``), times the requests that it has and the new one, over its weight.
///
/// A backend of which nothing is known is asked at once, but with one request at a time until it has answered.
package final class LeastTime: BalancingStrategy {
    private let turns: WeightedTurns

    /// Longer than any answer takes, in nanoseconds: what a second request waits for where the first has no answer yet.
    private static let longest: Float = 1e15

    /// - Parameter weights: Of the pool's backends, in order.
    package init(weights: [Int]) {
        turns = WeightedTurns(weights: weights)
    }

    package var usesLatency: Bool { true }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        let candidates = pool.candidates(excluding: tried)
        guard let index = index(among: candidates, of: pool, at: request.time) else { return nil }
        return pool.backends[index]
    }

    private func index(among candidates: Candidates, of pool: BackendPool, at time: UInt64) -> Int? {
        if pool.hasEqualShares {
            return turns.pick(among: candidates, of: pool, at: time) { TimeRow(of: pool, $0, at: time) }
        }
        if pool.startsSlowly {
            return turns.pick(among: candidates, of: pool, at: time) { position in
                GrowingTimeRow(
                    times: TimeRow(of: pool, position, at: time),
                    shares: GrowingShareRow(pool: pool, position: position, time: time)
                )
            }
        }
        return turns.pick(among: candidates, of: pool, at: time) { position in
            LastingTimeRow(
                times: TimeRow(of: pool, position, at: time),
                inverseShares: pool.inverseShares.row(position)
            )
        }
    }

    /// How long the next request would wait. In single precision: that is what the estimates have.
    private struct TimeRow: LoadRow {
        private let inFlight: WordRow
        private let latency: WordRow
        private let time: UInt64

        @inline(__always)
        init(of pool: BackendPool, _ position: Int, at time: UInt64) {
            inFlight = pool.measures.inFlight.row(position)
            latency = pool.measures.latency.row(position)
            self.time = time
        }

        @inline(__always)
        subscript(place: Int) -> Float {
            let waiting = Float(inFlight[signed: place])
            let estimate = LatencyEstimate(packed: latency[place])
            return estimate.isUnknown ? waiting * LeastTime.longest : estimate.value(at: time) * (waiting + 1)
        }
    }

    private struct LastingTimeRow: LoadRow {
        let times: TimeRow
        /// Bits of a `Float` each.
        let inverseShares: AtomicRow

        @inline(__always)
        subscript(place: Int) -> Float {
            times[place] * Float(bitPattern: UInt32(truncatingIfNeeded: inverseShares[place]))
        }
    }

    private struct GrowingTimeRow: LoadRow {
        let times: TimeRow
        let shares: GrowingShareRow

        @inline(__always)
        subscript(place: Int) -> Float {
            // By way of Int64, which is one instruction where UInt64 is seven.
            times[place] / Float(Int64(bitPattern: shares[place]))
        }
    }
}
