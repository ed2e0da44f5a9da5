// SPDX-License-Identifier: Apache-2.0

/// How many answers took how long: a count for each quarter of an octave from 65 µs to 4.3 s, so that a median is right
/// within a tenth. What is outside counts at the edge.
package struct LatencyBuckets: Sendable, Equatable {
    /// How many buckets there are.
    package static let count = 64
    /// The lower end of the first bucket, as a power of two in nanoseconds.
    private static let firstOctave = 16

    private var counts = [UInt32](repeating: 0, count: LatencyBuckets.count)
    /// Answers in all.
    package private(set) var total = 0

    package init() {}

    /// The bucket of an answer that took so many nanoseconds.
    package static func bucket(of nanoseconds: UInt64) -> Int {
        guard nanoseconds >> UInt64(firstOctave) != 0 else { return 0 }
        let octave = 63 - nanoseconds.leadingZeroBitCount
        let quarter = Int(truncatingIfNeeded: nanoseconds >> UInt64(octave - 2)) & 3
        return min(count - 1, (octave - firstOctave) * 4 + quarter)
    }

    /// Adds answers that took as long as those of one bucket.
    package mutating func add(_ answers: Int = 1, bucket: Int) {
        counts[bucket] &+= UInt32(truncatingIfNeeded: answers)
        total += answers
    }

    package mutating func add(_ other: LatencyBuckets) {
        // Nobody has asked it anything in that time.
        if other.total == 0 { return }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        total += other.total
    }

    /// The middle of the bucket in which the median is, in nanoseconds; 0 without answers.
    package var median: UInt64 {
        var left = (total + 1) / 2
        guard left > 0 else { return 0 }
        for index in counts.indices {
            left -= Int(counts[index])
            if left <= 0 { return LatencyBuckets.middle(of: index) }
        }
        return LatencyBuckets.middle(of: LatencyBuckets.count - 1)
    }

    private static func middle(of bucket: Int) -> UInt64 {
        let quarter = UInt64(1) << UInt64(firstOctave + bucket / 4 - 2)
        return quarter * UInt64(4 + bucket % 4) + quarter / 2
    }
}
