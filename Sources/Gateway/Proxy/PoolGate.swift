// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How many requests a pool has, over all workers, where that is limited.
package final class PoolGate: Sendable {
    private let limit: Int
    private let requests = Atomic<Int>(0)

    /// `limit` requests at once.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Requests that are in.
    package var active: Int { requests.load(ordering: .relaxed) }

    /// Counts a request in, if there is room. Every success is followed by one call of ``leave()``.
    package func enter() -> Bool {
        if requests.add(1, ordering: .relaxed).newValue <= limit { return true }
        requests.subtract(1, ordering: .relaxed)
        return false
    }

    /// A request is over.
    package func leave() {
        requests.subtract(1, ordering: .relaxed)
    }
}
