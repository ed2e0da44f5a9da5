// SPDX-License-Identifier: Apache-2.0

/// Requests without the right token, and when to tell of them: the first at once, and those that follow once a minute, so that
/// nobody fills the log with them.
struct TokenGuesses: Sendable {
    private var untold = 0
    private var toldAt: ContinuousClock.Instant?

    static let pause = Duration.seconds(60)

    /// Counts one more at `now`.
    ///
    /// - Returns: How many there are to tell of; `nil` while it is not time.
    mutating func add(at now: ContinuousClock.Instant) -> Int? {
        untold += 1
        if let toldAt, now < toldAt.advanced(by: Self.pause) { return nil }
        defer { untold = 0 }
        toldAt = now
        return untold
    }
}
