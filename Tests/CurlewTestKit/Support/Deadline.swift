// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A moment on the monotonic clock after which waiting is a failure.
///
/// Deadlines only bound a failing test: a passing one never waits for one. So they are generous, and
/// `CURLEW_TEST_TIME_SCALE` (a number, 1 when unset) stretches them further for a sanitizer or a slow machine.
package struct Deadline: Sendable {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    let nanoseconds: Int64

    /// How much longer than usual everything may take.
    package static let scale: Double = {
        guard let text = getenv("CURLEW_TEST_TIME_SCALE"), let value = Double(String(cString: text)), value > 0 else {
            return 1
        }
        return value
    }()

    /// The deadline of a wait that names none: 40 scaled seconds from now. Several tests compute beside the one that waits, and
    /// machines have others to serve.
    package static var usual: Deadline { .after(seconds: 40) }

    /// A deadline `seconds` from now, stretched by ``scale``.
    package static func after(seconds: Double) -> Deadline {
        Deadline(nanoseconds: now() + Int64(seconds * scale * 1e9))
    }

    /// A duration for the configuration, stretched by ``scale`` as ``RawClient/staysSilent(for:)`` is: for a limit that a test
    /// stays silent within.
    package static func setting(milliseconds: Int) -> String { "\(Int(Double(milliseconds) * scale))ms" }

    /// Never reached.
    package static let never = Deadline(nanoseconds: .max)

    /// What is left, for `poll`: -1 when the deadline is never reached, else rounded up so that it cannot spin.
    var pollTimeout: Int32 {
        if nanoseconds == .max { return -1 }
        let left = nanoseconds - Deadline.now()
        return left <= 0 ? 0 : Int32(clamping: (left + 999_999) / 1_000_000)
    }

    /// Whether the moment has passed.
    package var hasPassed: Bool { nanoseconds != .max && Deadline.now() >= nanoseconds }

    /// For `pthread_cond_timedwait` on the monotonic clock.
    var timespec: timespec {
        let value = min(nanoseconds, Deadline.now() + 86_400_000_000_000)
        return Glibc.timespec(tv_sec: Int(value / 1_000_000_000), tv_nsec: Int(value % 1_000_000_000))
    }

    static func now() -> Int64 {
        var time = Glibc.timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Measures how long something took, in seconds of the monotonic clock.
package struct Stopwatch: Sendable {
    private let start = Deadline.now()

    package init() {}

    package var seconds: Double { Double(Deadline.now() - start) / 1e9 }
}
