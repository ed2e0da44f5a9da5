// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// How many requests a pool has, over all workers, where that is limited: to a fixed number, or to one that follows how fast
/// the backends answer.
package final class PoolGate: Sendable {
    // What the configuration says; it may change, so these are atomic.
    private let adapts: Atomic<Bool>
    private let fixed: Atomic<Int>
    private let limit: Atomic<Int>
    private let requests = Atomic<Int>(0)
    // What was seen since the last look. Nothing else is published through these, so every access is relaxed, and what
    // comes a little late counts the next time.
    private let answers = Atomic<Int>(0)
    private let latency = Atomic<UInt64>(0)
    private let mostActive = Atomic<Int>(0)

    /// - Parameters:
    ///   - fixed: So many requests at once; `nil` sets no fixed limit.
    ///   - adaptive: What ``set(limit:)`` will be told begins with; `nil` where nobody will.
    package init(fixed: Int?, adaptive: AdaptiveLimit? = nil) {
        adapts = Atomic(adaptive != nil)
        self.fixed = Atomic(fixed ?? .max)
        limit = Atomic(min(fixed ?? .max, adaptive?.current ?? .max))
    }

    /// The limit follows ``AdaptiveLimit``.
    package var isAdaptive: Bool { adapts.load(ordering: .relaxed) }

    /// From now on the limits are these. Requests that are in stay, and count.
    /// A limit that has been found out goes on.
    package func change(fixed: Int?, adaptive: AdaptiveLimit?) {
        let known = isAdaptive && adaptive != nil ? currentLimit : adaptive?.current ?? .max
        self.fixed.store(fixed ?? .max, ordering: .relaxed)
        limit.store(min(fixed ?? .max, known), ordering: .relaxed)
        adapts.store(adaptive != nil, ordering: .relaxed)
    }

    /// Requests that are in.
    package var active: Int { requests.load(ordering: .relaxed) }

    /// How many may be in.
    package var currentLimit: Int { limit.load(ordering: .relaxed) }

    /// Counts a request in, if there is room. Every success is followed by one call of ``leave()``.
    package func enter() -> Bool {
        let count = requests.add(1, ordering: .relaxed).newValue
        if count <= limit.load(ordering: .relaxed) {
            if isAdaptive { mostActive.max(count, ordering: .relaxed) }
            return true
        }
        requests.subtract(1, ordering: .relaxed)
        return false
    }

    /// A request is over.
    package func leave() {
        let (before, _) = requests.subtract(1, ordering: .relaxed)
        assert(before > 0, "a request left that never entered")
    }

    /// A backend has answered, the first byte after so many nanoseconds.
    package func answered(after nanoseconds: UInt64) {
        guard isAdaptive else { return }
        answers.add(1, ordering: .relaxed)
        latency.add(nanoseconds, ordering: .relaxed)
    }

    /// What was seen since the last call.
    package func takeSample() -> AdaptiveLimit.Sample {
        AdaptiveLimit.Sample(
            count: answers.exchange(0, ordering: .relaxed),
            total: latency.exchange(0, ordering: .relaxed),
            mostActive: mostActive.exchange(active, ordering: .relaxed)
        )
    }

    /// From now on so many, but never more than the fixed limit. Those that are in stay.
    package func set(limit: Int) {
        self.limit.store(min(fixed.load(ordering: .relaxed), limit), ordering: .relaxed)
    }
}
