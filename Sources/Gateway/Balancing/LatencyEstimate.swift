// SPDX-License-Identifier: Apache-2.0

/// How long a backend takes to begin an answer: what was slowest of late, which fades with time (the peak EWMA of
/// Twitter's Finagle). So it follows a rise at once and a fall within seconds, and a backend that was slow once and is
/// asked no more is tried again.
///
/// A value of 64 bits, so that it can be an atomic word: the peak as a `Float` of nanoseconds, and when it was seen.
struct LatencyEstimate: Equatable {
    /// Nanoseconds; 0 before the first observation.
    private(set) var peak: Float
    /// When, in units of 2²⁰ ns (about a millisecond). 32 bits of them go round in 52 days.
    private var tick: UInt32

    /// Of a backend that nobody has observed.
    static let unknown = LatencyEstimate(packed: 0)

    /// A peak has half its weight after 2¹³ ticks: 8.6 s.
    private static let ticksToHalf: UInt32 = 1 << 13

    init(packed: UInt64) {
        peak = Float(bitPattern: UInt32(truncatingIfNeeded: packed >> 32))
        tick = UInt32(truncatingIfNeeded: packed)
    }

    var packed: UInt64 { UInt64(peak.bitPattern) << 32 | UInt64(tick) }

    var isUnknown: Bool { peak == 0 }

    /// What to reckon with at `time`: the peak, halved for each 8.6 s since it was seen.
    @inline(__always)
    func value(at time: UInt64) -> Float {
        peak * weight(at: time)
    }

    /// The estimate after one more observation: the slower one counts, this or what is left of those before. So what is
    /// fast shows as the slow fades, as soon whether a backend has ten requests a second or ten thousand.
    func observing(_ nanoseconds: UInt64, at time: UInt64) -> LatencyEstimate {
        // 0 means unknown.
        let observed = max(1, Float(nanoseconds))
        let weight = weight(at: time)
        // Within one tick nothing fades; the tick stays too, so that nearly all observations change nothing.
        guard weight < 1 || observed > peak else { return self }
        var next = self
        next.peak = max(observed, peak * weight)
        next.tick = Self.tick(of: time)
        return next
    }

    private static func tick(of time: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: time >> 20)
    }

    /// How much of the peak is left at `time`: 2 to the power of minus the half-lives since, straight lines between
    /// the whole ones.
    @inline(__always)
    private func weight(at time: UInt64) -> Float {
        let since = Self.tick(of: time) &- tick
        guard since < 100 * Self.ticksToHalf else {
            // Another worker may have read its clock a moment later than this one.
            return since < 1 << 31 ? 0 : 1
        }
        // A Float has 23 bits of significand below those of its exponent. So this takes one from the exponent for each half-life,
        // and for what is less than one its part of the significand: just those straight lines.
        return Float(bitPattern: Float(1).bitPattern - since << (23 - Self.ticksToHalf.trailingZeroBitCount))
    }
}
