// SPDX-License-Identifier: Apache-2.0

/// What becomes of a batch of spans after each attempt to send it. Pure: it is told what happened.
///
/// OTLP/HTTP, "Retryable response codes": 429, 502, 503 and 504, and "The client SHOULD honor the waiting interval specified in
/// the Retry-After header if it is present. If the client receives an HTTP response with status code [of these] and the
/// Retry-After header is not present in the response, then the client SHOULD implement an exponential backoff strategy between
/// retries." The same where there was no answer: "If the client cannot connect to the server, the client SHOULD retry the
/// connection using an exponential backoff strategy between retries. The interval between retries must have a random jitter."
struct ExportRetry {
    /// What came of one attempt.
    enum Outcome: Equatable {
        case answered(status: Int, retryAfter: Int?)
        /// There was no answer, for this reason.
        case failed(String)
    }

    enum Action: Equatable {
        case done
        /// Try again after so many milliseconds, since the attempt has failed for this reason.
        case wait(milliseconds: Int, String)
        /// The batch is lost, for this reason.
        case giveUp(String)
    }

    static let attempts = 5
    /// Of the first wait, in milliseconds; each further one is twice as long.
    static let firstWait = 1000
    static let longestWait = 30_000

    private var made = 0

    /// `chance` is a random number.
    mutating func next(after outcome: Outcome, chance: UInt64) -> Action {
        made += 1
        let reason: String
        var asked: Int?
        switch outcome {
        case .answered(200..<300, _): return .done
        case .answered(let status, let retryAfter):
            reason = "it answered \(status)"
            guard [429, 502, 503, 504].contains(status) else { return .giveUp(reason) }
            asked = retryAfter
        case .failed(let why): reason = why
        }
        guard made < ExportRetry.attempts else { return .giveUp("\(reason), \(made) times") }
        if let asked, asked > 0 { return .wait(milliseconds: min(asked, 600) * 1000, reason) }
        let limit = min(ExportRetry.firstWait << (made - 1), ExportRetry.longestWait)
        // Half of it, and by chance up to all of it.
        return .wait(milliseconds: limit / 2 + Int(chance % UInt64(limit / 2 + 1)), reason)
    }
}
