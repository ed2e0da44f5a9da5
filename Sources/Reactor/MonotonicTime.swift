// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A point on the clock that only goes forward (`CLOCK_MONOTONIC`).
///
/// Policies and state machines are handed a `MonotonicTime` and never read the clock, so a test can make time pass
/// without waiting for it.
package struct MonotonicTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since an arbitrary start.
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// Later than every time that will come.
    package static let distantFuture = MonotonicTime(nanoseconds: .max)

    /// Reads the clock.
    package static func now() -> MonotonicTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The time `nanoseconds` later, or ``distantFuture`` if there is none.
    package func advanced(byNanoseconds nanoseconds: UInt64) -> MonotonicTime {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        return overflow ? .distantFuture : MonotonicTime(nanoseconds: sum)
    }

    /// Nanoseconds from `earlier` to this time; 0 if `earlier` is the later of the two.
    package func nanoseconds(since earlier: MonotonicTime) -> UInt64 {
        earlier.nanoseconds >= nanoseconds ? 0 : nanoseconds - earlier.nanoseconds
    }
}

extension Duration {
    /// This duration in whole nanoseconds, between 0 and some 584 years.
    package var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, sumOverflow) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return overflow || sumOverflow ? .max : sum
    }
}
