// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// An instant of the wall clock, in UTC.
package struct WallTime: Sendable, Equatable {
    /// Since 1970-01-01T00:00:00Z, without leap seconds.
    package var seconds: Int64
    /// 0 ..< 1,000,000,000.
    package var nanoseconds: Int32

    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// What `CLOCK_REALTIME` says.
    @Sendable package static func now() -> WallTime {
        var now = timespec()
        // Fills a local that outlives the call; it cannot fail for this clock.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return WallTime(seconds: Int64(now.tv_sec), nanoseconds: Int32(now.tv_nsec))
    }

    /// How many seconds the zone of the process is ahead of UTC at this time.
    var zoneOffset: Int {
        var seconds = time_t(seconds)
        var civil = unsafe tm()
        // Both are locals that outlive the call; the name of the zone, which is the library's, is not looked at.
        guard unsafe localtime_r(&seconds, &civil) != nil else { return 0 }
        return unsafe civil.tm_gmtoff
    }
}

/// Writes instants as text and remembers the text of the latest second, since most requests share theirs with others.
///
/// One for each thread.
package struct WallClock: Sendable {
    private var stampSecond = Int64.min
    private var stamp = InlineArray<19, UInt8>(repeating: 0)
    private var dateSecond = Int64.min
    private var date = InlineArray<29, UInt8>(repeating: 0)
    private var accessSecond = Int64.min
    private var access = InlineArray<26, UInt8>(repeating: 0)

    package init() {}

    /// `2026-01-01T12:00:00`, the second part of an RFC 3339 timestamp.
    mutating func timestamp(_ time: WallTime) -> InlineArray<19, UInt8> {
        if time.seconds != stampSecond {
            stamp = CivilTime(time.seconds).timestamp
            stampSecond = time.seconds
        }
        return stamp
    }

    /// `10/Oct/2000:13:55:36 -0700`, in the zone of the process (`TZ`).
    mutating func accessStamp(_ time: WallTime) -> InlineArray<26, UInt8> {
        if time.seconds != accessSecond {
            let offset = time.zoneOffset
            access = CivilTime(time.seconds + Int64(offset)).accessStamp(offset: offset)
            accessSecond = time.seconds
        }
        return access
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`: the value of a `Date` field (IMF-fixdate, RFC 9110 section 5.6.7).
    package mutating func httpDate(_ time: WallTime) -> InlineArray<29, UInt8> {
        if time.seconds != dateSecond {
            date = CivilTime(time.seconds).httpDate
            dateSecond = time.seconds
        }
        return date
    }
}
