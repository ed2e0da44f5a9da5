// SPDX-License-Identifier: Apache-2.0

/// Whether one backend that is out may be pinged out of turn. Pure: time is nanoseconds of one clock, passed in.
///
/// A backend that fails requests and answers pings well would be back at once each time, if it is the last one. So who fails
/// again soon after it came back this way is left alone for twice as long each time, up to the interval of its usual pings.
package struct Comeback: Sendable {
    private let longest: UInt64
    /// How long it must last this time.
    private var pause = UrgentRounds.pause
    /// When an urgent ping last brought it back.
    private var returned: UInt64?

    /// - Parameter interval: that of the usual pings, in nanoseconds.
    package init(interval: UInt64) {
        longest = max(UrgentRounds.pause, min(interval, 1 << 60))
    }

    /// Whether the backend, out since `wentOut`, may be pinged at `now`. `isLast` if it went out last of all: then the pool is
    /// down for its failure, which a ping at the same moment does not outweigh.
    package func mayBePinged(at now: UInt64, wentOut: UInt64, isLast: Bool) -> Bool {
        if isLast, now < wentOut &+ UrgentRounds.pause { return false }
        guard let returned, hasFailedSoon(wentOut) else { return true }
        return now >= returned &+ min(longest, 2 * pause)
    }

    /// An urgent ping has brought it back, which was out since `wentOut`.
    package mutating func cameBack(at now: UInt64, wentOut: UInt64) {
        pause = hasFailedSoon(wentOut) ? min(longest, 2 * pause) : UrgentRounds.pause
        returned = now
    }

    private func hasFailedSoon(_ wentOut: UInt64) -> Bool {
        guard let returned, wentOut >= returned else { return false }
        return wentOut - returned < pause
    }
}
