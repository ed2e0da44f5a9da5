// SPDX-License-Identifier: Apache-2.0

/// When one backend that is out may be pinged out of turn. Pure: time is nanoseconds of one clock, passed in.
///
/// No more often than every ``UrgentRounds/pause``; but also no less often because it has failed again soon after it came back
/// this way. A client may know a request that breaks every backend which reads it, and if they were left alone for longer
/// each time, that one client would keep all others from backends that are well.
package struct Comeback: Sendable {
    /// How long whoever went out last of all is left alone, in nanoseconds: the pool is down for its failure, which a ping at
    /// the same moment does not outweigh. A process that was killed is gone by then, and a request that waits for it has
    /// time left.
    package static let breath: UInt64 = 100_000_000

    /// When it was last pinged out of turn.
    private var lastPing: UInt64?

    package init() {}

    /// From when on the backend, out since `wentOut`, may be pinged. `isLast` if it went out last of all.
    package func earliestPing(wentOut: UInt64, isLast: Bool) -> UInt64 {
        let earliest = isLast ? wentOut &+ Self.breath : 0
        return max(earliest, lastPing.map { $0 &+ UrgentRounds.pause } ?? 0)
    }

    /// It is pinged out of turn.
    package mutating func pinged(at now: UInt64) {
        lastPing = now
    }
}
