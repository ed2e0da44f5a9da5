// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// When one backend is pinged next. Pure: time is nanoseconds of one clock, passed in, and chance is handed in.
///
/// From one ping to the next it is an interval, longer or shorter by chance so that many gateways that were started together
/// do not ping together for ever. While the backend is down the interval may be another. What counts is how the backend is
/// when the time is asked for, so one that goes down is looked at again after the interval for that.
package struct PingSchedule: Sendable {
    private let interval: UInt64
    private let downInterval: UInt64
    private let jitterPercent: Int
    /// When the last ping was due: intervals are counted from there, so that they do not drift.
    private var last: UInt64
    /// What the next interval is multiplied with, in thousandths.
    private var stretch: UInt64 = 1000
    private var hasBegun = false

    /// The first ping is due at `start`.
    package init(_ check: HealthCheckConfiguration, startingAt start: UInt64) {
        interval = max(1, check.interval.wholeNanoseconds)
        downInterval = max(1, (check.downInterval ?? check.interval).wholeNanoseconds)
        jitterPercent = min(100, max(0, check.jitterPercent))
        last = start
    }

    /// When the next ping is due.
    package func due(isDown: Bool) -> UInt64 {
        guard hasBegun else { return last }
        return last &+ max(1, length(isDown) / 1000 &* stretch &+ length(isDown) % 1000 &* stretch / 1000)
    }

    /// The time of a ping has come: sets when the next one is due.
    package mutating func pinged(at now: UInt64, isDown: Bool, using random: inout some RandomNumberGenerator) {
        // From when it was due; from now after a long stop, so that nothing is made up for.
        let due = due(isDown: isDown)
        last = due < now && now - due >= length(isDown) ? now : min(due, now)
        hasBegun = true
        stretch =
            jitterPercent == 0
            ? 1000
            : UInt64.random(in: UInt64(1000 - 10 * jitterPercent)...UInt64(1000 + 10 * jitterPercent), using: &random)
    }

    private func length(_ isDown: Bool) -> UInt64 { isDown ? downInterval : interval }
}
