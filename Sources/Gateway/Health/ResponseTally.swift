// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What one backend's answers were like since it was last asked, counted by all workers without a lock.
///
/// Nothing else is published through these numbers, so every access is relaxed: a count that comes a little late counts in
/// the next reading.
final class ResponseTally: Sendable {
    private let buckets: [Counter]
    /// Answers of 5xx, and attempts without an answer.
    private let failures = Atomic<Int>(0)
    /// Attempts without an answer.
    private let unanswered = Atomic<Int>(0)
    /// Answers of 5xx since the last other answer.
    private let serverErrors = Atomic<Int>(0)
    /// Requests that have failed there since the last that did not.
    private let failuresInRow = Atomic<Int>(0)

    /// Whether answers are counted by their time.
    var measures: Bool { !buckets.isEmpty }

    /// `measures`: whether answers are counted by their time.
    init(measures: Bool) {
        buckets = measures ? (0..<LatencyBuckets.count).map { _ in Counter() } : []
    }

    /// Counts an answer with `status`, whose first byte took `latency` nanoseconds.
    ///
    /// - Returns: how many answers of 5xx there have been in a row with this one, 0 for any other answer.
    func answered(_ status: Int, latency: UInt64) -> Int {
        if !buckets.isEmpty { buckets[LatencyBuckets.bucket(of: latency)].value.add(1, ordering: .relaxed) }
        // Looked at before it is written: a line that all workers write goes from core to core.
        if failuresInRow.load(ordering: .relaxed) != 0 { failuresInRow.store(0, ordering: .relaxed) }
        if status >= 500 {
            failures.add(1, ordering: .relaxed)
            return serverErrors.add(1, ordering: .relaxed).newValue
        }
        if serverErrors.load(ordering: .relaxed) != 0 { serverErrors.store(0, ordering: .relaxed) }
        return 0
    }

    /// Counts an attempt that ended without an answer.
    func failed() {
        failures.add(1, ordering: .relaxed)
        unanswered.add(1, ordering: .relaxed)
    }

    /// Counts a request that has shown the backend not to be well.
    ///
    /// - Returns: how many there have been in a row with this one.
    func failedAgain() -> Int {
        failuresInRow.add(1, ordering: .relaxed).newValue
    }

    /// Nothing in a row any more.
    func startAnew() {
        serverErrors.store(0, ordering: .relaxed)
        failuresInRow.store(0, ordering: .relaxed)
    }

    /// What was counted since the last call.
    func take() -> ResponseSample {
        var sample = ResponseSample()
        for index in buckets.indices {
            let count = buckets[index].value.load(ordering: .relaxed)
            if count == 0 { continue }
            buckets[index].value.subtract(count, ordering: .relaxed)
            sample.latency.add(count, bucket: index)
        }
        sample.failures = failures.exchange(0, ordering: .relaxed)
        sample.requests = sample.latency.total + unanswered.exchange(0, ordering: .relaxed)
        return sample
    }

    /// A box, since an array cannot hold what cannot be copied.
    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }
}

/// What one backend's answers were like in a stretch of time.
package struct ResponseSample: Sendable, Equatable {
    /// Answers, and attempts without one.
    package var requests = 0
    /// Those of them that were a 5xx or no answer.
    package var failures = 0
    /// How long the first byte of the answers took.
    package var latency = LatencyBuckets()

    package init() {}

    package mutating func add(_ other: ResponseSample) {
        requests += other.requests
        failures += other.failures
        latency.add(other.latency)
    }
}
