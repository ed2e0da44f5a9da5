// SPDX-License-Identifier: Apache-2.0

/// When a failed request goes to another backend.
package struct RetryConfiguration: Sendable, Equatable {
    /// The kinds of failure that may be retried.
    package enum Condition: String, Sendable, CaseIterable {
        /// No connection was made, so nothing was sent: safe for every request.
        case connect
        /// The connection died before a response: for idempotent requests.
        case reset
        /// The backend was too slow: for idempotent requests.
        case timeout
    }

    /// Attempts in all, the first one included. 1 means no retries. Default 3.
    package var attempts: Int
    /// Default: all three.
    package var on: Set<Condition>
    /// How much of a request body is kept so that it can be sent again. Default 64 KiB.
    package var bodyBuffer: Int
    /// Status codes of a backend that are retried as failures are, for idempotent requests. Default: none.
    package var statuses: Set<Int> = []
    /// The share of a pool's active requests that may be retries, in per cent; `nil` sets no budget. Default 20.
    package var budgetPercent: Int? = 20
    /// So many retries may be under way however few requests there are. Default 3.
    package var budgetMinimum = 3
    /// How long one attempt may take to the first byte of its response; `nil`, the default, sets no limit of its own.
    package var perTryTimeout: Duration?
    /// The longest wait before the second retry; it doubles from one to the next up to ten times as much, and each wait is
    /// a random part of it. The first retry goes at once. Zero for none. Default 25 ms.
    package var backoff = Duration.milliseconds(25)
    /// Retry requests that are not idempotent too, though they may then be done twice. Default false.
    package var retriesNonIdempotent = false
    /// An idempotent request that has no answer by then is sent to another backend too, and the first answer counts; while the
    /// budget has no place it asks again, less and less often. `nil`, the default, never.
    package var hedgeAfter: Duration?

    package init(attempts: Int = 3, on: Set<Condition> = [.connect, .reset, .timeout], bodyBuffer: Int = 64 * 1024) {
        self.attempts = attempts
        self.on = on
        self.bodyBuffer = bodyBuffer
    }
}
