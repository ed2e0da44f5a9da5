// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Each available backend in its turn, in the order of the file and beginning with the first.
///
/// All workers share one cursor, so that three requests in a row reach three backends whichever workers took them. The
/// cursor counts among those that are available: when one is down its share goes to all the others alike, where a
/// cursor over all backends would give it to the next one in the file.
///
/// A retry takes no turn from the requests that come after it: retries have a cursor of their own. So the requests that
/// a dying backend sends elsewhere are spread evenly too, and do not shift the order for the rest.
package final class RoundRobin: BalancingStrategy {
    private let turns = Atomic<UInt64>(0)
    private let retryTurns = Atomic<UInt64>(0)

    package init() {}

    /// Else a configuration that changes often would give most requests to the backends that come first.
    package func goOn(from previous: any BalancingStrategy) {
        guard let previous = previous as? RoundRobin else { return }
        turns.store(previous.turns.load(ordering: .relaxed), ordering: .relaxed)
        retryTurns.store(previous.retryTurns.load(ordering: .relaxed), ordering: .relaxed)
    }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        let candidates = pool.candidates(excluding: tried)
        guard !candidates.isEmpty else { return nil }
        // Nothing else is published through the cursors, so no ordering is needed beside their own.
        let turn =
            tried.isEmpty
            ? turns.wrappingAdd(1, ordering: .relaxed).oldValue
            : retryTurns.wrappingAdd(1, ordering: .relaxed).oldValue
        return candidates[place: Int(turn % UInt64(candidates.count))]
    }
}
