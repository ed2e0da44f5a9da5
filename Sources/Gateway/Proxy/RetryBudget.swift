// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How many retries a pool may have under way at once, over all workers: a share of its requests, so that many failures
/// do not make a multiple of the load out of what is too much already.
///
/// It is asked when something has failed, and costs nothing before.
package final class RetryBudget: Sendable {
    // What the configuration says; it may change, so these are atomic, and relaxed like all that only counts.
    /// Less than 0 for no budget.
    private let percent: Atomic<Int>
    private let minimum: Atomic<Int>
    private let maximum: Atomic<Int>
    /// Those under way.
    private let retries = Atomic<Int>(0)

    /// - Parameters:
    ///   - configuration: the budget.
    ///   - limits: what holds beside it.
    package init(_ configuration: RetryConfiguration, _ limits: PoolLimitsConfiguration) {
        percent = Atomic(configuration.budgetPercent ?? -1)
        minimum = Atomic(configuration.budgetMinimum)
        maximum = Atomic(limits.activeRetries ?? .max)
    }

    /// From now on the budget is this. Retries that are under way still count.
    package func change(to configuration: RetryConfiguration, _ limits: PoolLimitsConfiguration) {
        percent.store(configuration.budgetPercent ?? -1, ordering: .relaxed)
        minimum.store(configuration.budgetMinimum, ordering: .relaxed)
        maximum.store(limits.activeRetries ?? .max, ordering: .relaxed)
    }

    /// Retries that are under way.
    package var active: Int { retries.load(ordering: .relaxed) }

    /// Counts a retry in, if there may be another. Every success is followed by one call of ``end()``.
    ///
    /// - Parameter requests: How many requests the pool has at its backends at this moment.
    /// - Returns: Why not; `nil` if it is counted in.
    package func begin(among requests: Int) -> RetryRefusal? {
        // Counted first: of two that ask at once for the last place, one must be told that it is taken.
        let count = retries.add(1, ordering: .relaxed).newValue
        let maximum = maximum.load(ordering: .relaxed)
        let refusal: RetryRefusal? = count > maximum ? .limit : count > allowed(among: requests) ? .budget : nil
        if refusal != nil { retries.subtract(1, ordering: .relaxed) }
        return refusal
    }

    /// The retry is over.
    package func end() {
        let (before, _) = retries.subtract(1, ordering: .relaxed)
        assert(before > 0, "a retry ended that never began")
    }

    /// How many there may be among so many requests.
    package func allowed(among requests: Int) -> Int {
        let percent = percent.load(ordering: .relaxed)
        guard percent >= 0 else { return .max }
        return max(minimum.load(ordering: .relaxed), requests * percent / 100)
    }
}
