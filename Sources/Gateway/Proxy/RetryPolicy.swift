// SPDX-License-Identifier: Apache-2.0

/// Decides whether a failed request goes to another backend.
struct RetryPolicy: Sendable {
    /// Attempts in all, the first one included.
    let attempts: Int
    private let onConnect: Bool
    private let onReset: Bool
    private let onTimeout: Bool

    init(_ configuration: RetryConfiguration) {
        attempts = configuration.attempts
        onConnect = configuration.on.contains(.connect)
        onReset = configuration.on.contains(.reset)
        onTimeout = configuration.on.contains(.timeout)
    }

    /// Whether the request may be sent again after `error` ended attempt number `attempt`.
    ///
    /// - Parameters:
    ///   - error: What ended the attempt.
    ///   - attempt: Which one it was, counted from 1.
    ///   - isIdempotent: The method may be repeated (RFC 9110 §9.2.2).
    ///   - hasBody: Everything of the body that was taken from the client is still there to be sent again.
    /// - Returns: Whether there may be another attempt, if there is another backend.
    func allows(_ error: ProxyError, attempt: Int, isIdempotent: Bool, hasBody: Bool) -> Bool {
        guard attempt < attempts, hasBody, isCovered(error) else { return false }
        switch error.retry {
        case .always: return true
        case .ifIdempotent: return isIdempotent
        case .never: return false
        }
    }

    private func isCovered(_ error: ProxyError) -> Bool {
        switch error.retryCondition {
        case .connect: onConnect
        case .reset: onReset
        case .timeout: onTimeout
        case nil: false
        }
    }
}
