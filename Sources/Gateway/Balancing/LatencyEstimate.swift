// SPDX-License-Identifier: Apache-2.0

/// How long a backend takes to begin an answer: a moving average that follows a rise at once and a fall slowly (the peak
/// EWMA of Twitter's Finagle), and that fades where nobody asks, so that a backend which was slow once is tried again.
///
/// A value of 64 bits, so that it can be an atomic word: the average as a `Float` of nanoseconds, and when it was taken.
struct LatencyEstimate: Equatable {
    /// Nanoseconds; 0 before the first observation.
    private(set) var average: Float
    /// When, in units of 2²⁰ ns (about a millisecond). 32 bits of them go round in 52 days.
    private var tick: UInt32

    /// Of a backend that nobody has observed.
    static let unknown = LatencyEstimate(packed: 0)

    /// The average has half its weight after 2¹³ ticks: 8.6 s.
    private static let ticksToHalf: UInt32 = 1 << 13

    init(packed: UInt64) {
        average = Float(bitPattern: UInt32(truncatingIfNeeded: packed >> 32))
        tick = UInt32(truncatingIfNeeded: packed)
    }

    var packed: UInt64 { UInt64(average.bitPattern) << 32 | UInt64(tick) }

    var isUnknown: Bool { average == 0 }

    /// What to reckon with at `time`: the average, halved for each 8.6 s since it was taken.
    @inline(__always)
    func value(at time: UInt64) -> Float {
        average * weight(at: time)
    }

    /// The estimate after one more observation.
    ///
    /// What is slower than the average replaces it: the next request should not have to find out again. What is faster
    /// counts the more the longer ago the average was taken, so that it falls as fast whether a backend has ten requests
    /// a second or ten thousand.
    func observing(_ nanoseconds: UInt64, at time: UInt64) -> LatencyEstimate {
        var next = self
        // 0 means unknown.
        let observed = max(1, Float(nanoseconds))
        if isUnknown || observed > average {
            next.average = observed
        } else {
            let weight = weight(at: time)
            // Within one tick nothing fades; so the tick must stay as well, or many fast ones would never count.
            guard weight < 1 else { return self }
            next.average = average * weight + observed * (1 - weight)
        }
        next.tick = Self.tick(of: time)
        return next
    }

    private static func tick(of time: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: time >> 20)
    }

    /// How much of the average is left at `time`: 2 to the power of minus the half-lives since, straight lines between
    /// the whole ones.
    @inline(__always)
    private func weight(at time: UInt64) -> Float {
        let since = Self.tick(of: time) &- tick
        // Another worker may have read its clock a moment later than this one.
        guard since < 1 << 31 else { return 1 }
        let halvings = since / Self.ticksToHalf
        guard halvings < 100 else { return 0 }
        let rest = Float(since % Self.ticksToHalf) * (0.5 / Float(Self.ticksToHalf))
        return Float(bitPattern: (127 - halvings) << 23) * (1 - rest)
    }
}
