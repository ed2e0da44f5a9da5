// SPDX-License-Identifier: Apache-2.0

/// When one backend that is out may be pinged out of turn. Pure: time is nanoseconds of one clock, passed in.
///
/// A backend that fails requests and answers pings well would be back at once each time, if it is the last one. So who fails
/// again soon after it came back this way is left alone for twice as long each time, up to the interval of its usual pings.
package struct Comeback: Sendable {
    /// How long whoever went out last of all is left alone, in nanoseconds: the pool is down for its failure, which a ping at
    /// the same moment does not outweigh. A process that was killed is gone by then, and a request that waits for it has
    /// time left.
    package static let breath: UInt64 = 100_000_000

    private let longest: UInt64
    /// How long it must last this time.
    private var pause = UrgentRounds.pause
    /// When an urgent ping last brought it back.
    private var returned: UInt64?

    /// - Parameter interval: that of the usual pings, in nanoseconds.
    package init(interval: UInt64) {
        longest = max(UrgentRounds.pause, min(interval, 1 << 60))
    }

    /// From when on the backend, out since `wentOut`, may be pinged. `isLast` if it went out last of all.
    package func earliestPing(wentOut: UInt64, isLast: Bool) -> UInt64 {
        let earliest = isLast ? wentOut &+ Self.breath : 0
        guard let returned, hasFailedSoon(wentOut) else { return earliest }
        return max(earliest, returned &+ min(longest, 2 * pause))
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
