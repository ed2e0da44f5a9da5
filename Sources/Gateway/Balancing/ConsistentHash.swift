// SPDX-License-Identifier: Apache-2.0

/// Like requests to the same backend, by the client's address, a header field, a cookie or the path: `consistent_hash`.
/// Without a backend only its own keys move, and they come back with it. See ``KeyTable``.
///
/// With a bound (`balance`, 125 % by default) no backend has more requests in flight than so much of its fair share:
/// what is more goes to the key's next backend (consistent hashing with bounded loads, Mirrokni, Thorup and
/// Zadimoghaddam 2018). So a single key that everybody asks for does not drown one backend while the others idle.
package final class ConsistentHash: BalancingStrategy {
    private let keys: StickyKeys
    private let source: HashConfiguration.Source
    /// How much of its fair share a backend may have, in per cent; `nil` for no bound.
    private let bound: UInt64?

    package init(_ backends: [BackendConfiguration], _ configuration: HashConfiguration) {
        keys = StickyKeys(backends)
        source = configuration.source
        bound = configuration.balancePercent.map { UInt64(max(100, $0)) }
    }

    package var keySource: HashConfiguration.Source? { source }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        let candidates = pool.candidates(excluding: tried)
        guard let bound else { return keys.pick(among: candidates, for: request) { _ in true } }
        var load: Load?
        return keys.pick(among: candidates, for: request) { index in
            let inFlight = pool.measures.inFlight[index]
            // The fair share of one request among few is less than one, and the bound is rounded up.
            if inFlight == 0 { return true }
            // Only now does it matter what all have.
            let whole = load ?? Load(of: candidates, at: request.time)
            load = whole
            // in flight + 1 <= ⌈bound × fair share⌉, without a division.
            return inFlight &* 100 &* whole.shares
                < bound &* whole.requests &* pool.share(of: index, at: request.time)
        }
    }

    /// What all candidates together have.
    private struct Load {
        /// In flight, with the one that is being placed.
        var requests: UInt64 = 1
        var shares: UInt64 = 0

        init(of candidates: Candidates, at time: UInt64) {
            let pool = candidates.pool
            guard !pool.startsSlowly else {
                addGrowing(candidates, at: time)
                return
            }
            for position in 0..<candidates.wordCount {
                var word = candidates.word(at: position)
                let (inFlight, row) = (pool.measures.inFlight.row(position), pool.wholeShares.row(position))
                while word != 0 {
                    let place = word.trailingZeroBitCount
                    word &= word &- 1
                    requests &+= inFlight[place]
                    shares &+= row[place]
                }
            }
        }

        private mutating func addGrowing(_ candidates: Candidates, at time: UInt64) {
            let pool = candidates.pool
            candidates.forEach { index in
                requests &+= pool.measures.inFlight[index]
                shares &+= pool.share(of: index, at: time)
            }
        }
    }
}
