// SPDX-License-Identifier: Apache-2.0

/// Something that anybody who can connect may cause as often as he likes, and that the log should tell of without being
/// flooded: the first time, and then at most every ten seconds, with how often it was.
struct Complaint {
    private static let interval: UInt64 = 10_000_000_000
    private var next: UInt64 = 0
    private var unreported = 0

    /// Counts one more.
    ///
    /// - Parameter now: Nanoseconds of a clock that does not go back.
    /// - Returns: How many there were since the last report, this one included; `nil` when it is too early for another.
    mutating func report(at now: UInt64) -> Int? {
        unreported += 1
        guard now >= next else { return nil }
        next = now + Complaint.interval
        defer { unreported = 0 }
        return unreported
    }
}
