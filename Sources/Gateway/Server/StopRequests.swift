// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Tells who asks again from who is only heard twice. Pure: time is passed in.
///
/// The second SIGTERM or SIGINT is to end what is still going on, and that is more than anybody wants who has asked once.
/// But one wish often comes as two signals within microseconds: `timeout` and some process managers signal the process and
/// then its group, and a terminal's Ctrl-C goes to the group while a wrapper in it hands on its own. So what comes within
/// ``echo`` of the first is the same wish. Somebody who means it asks again after that.
struct StopRequests {
    /// How long after the first signal another is taken for the same, in nanoseconds: one second.
    static let echo: UInt64 = 1_000_000_000

    enum Answer: Equatable {
        /// It is the first.
        case stop
        /// It is the first, heard again.
        case same
        /// Somebody has asked again.
        case endAtOnce
    }

    private var first: MonotonicTime?

    /// A signal to stop has come at `now`.
    mutating func asked(at now: MonotonicTime) -> Answer {
        guard let first else {
            self.first = now
            return .stop
        }
        return now.nanoseconds(since: first) < Self.echo ? .same : .endAtOnce
    }
}
