// SPDX-License-Identifier: Apache-2.0

/// A backend that answers badly is kept out for a time.
package struct Ejection: Sendable, Equatable {
    /// What was found.
    package enum Reason: Sendable, Equatable {
        case serverErrorsInARow(Int)
        /// The share of failed requests in the window, and of how many.
        case failureShare(percent: Int, requests: Int)
        /// Its median time to the first byte, and that of the others, in nanoseconds.
        case slow(own: UInt64, usual: UInt64)
    }

    /// ``Backend/index`` of whom it is.
    package let index: Int
    /// How long it is out, in nanoseconds.
    package let duration: UInt64
    package let reason: Reason
    /// How far back was looked.
    let window: Duration

    /// For the log: `ejected for 30s: 5 responses of 5xx in a row`.
    package var text: String {
        let why =
            switch reason {
            case .serverErrorsInARow(let count): "\(count) responses of 5xx in a row"
            case .failureShare(let percent, let requests):
                "\(percent)% of \(requests) requests failed within \(window.text)"
            case .slow(let own, let usual):
                "its answers take \(Self.milliseconds(own)) where the others' take \(Self.milliseconds(usual))"
            }
        return "ejected for \(Duration.nanoseconds(duration).text): \(why)"
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> String {
        nanoseconds < 1_000_000 ? "less than 1ms" : "\(nanoseconds / 1_000_000)ms"
    }
}
