// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Decides whether a failed request goes to another backend, and when.
struct RetryPolicy: Sendable {
    /// Attempts in all, the first one included.
    let attempts: Int
    /// Requests that are not idempotent may be repeated too.
    let retriesNonIdempotent: Bool
    /// Some answers are retried as failures are.
    let hasStatuses: Bool
    /// How long one attempt may take to the first byte of its response, in nanoseconds.
    let perTry: UInt64?
    /// When a request without an answer is sent to another backend too, in nanoseconds.
    let hedgeAfter: UInt64?
    /// One of the two is set.
    let isTimed: Bool
    private let statuses: Set<Int>
    private let backoff: UInt64
    private let onConnect: Bool
    private let onReset: Bool
    private let onTimeout: Bool

    init(_ configuration: RetryConfiguration) {
        attempts = configuration.attempts
        retriesNonIdempotent = configuration.retriesNonIdempotent
        statuses = configuration.statuses
        hasStatuses = !configuration.statuses.isEmpty
        perTry = configuration.perTryTimeout?.wholeNanoseconds
        hedgeAfter = configuration.hedgeAfter?.wholeNanoseconds
        isTimed = perTry != nil || hedgeAfter != nil
        backoff = configuration.backoff.wholeNanoseconds
        onConnect = configuration.on.contains(.connect)
        onReset = configuration.on.contains(.reset)
        onTimeout = configuration.on.contains(.timeout)
    }

    /// Whether the request may be sent again after `error` ended attempt number `attempt`.
    ///
    /// - Parameters:
    ///   - error: What ended the attempt.
    ///   - attempt: Which one it was, counted from 1.
    ///   - isIdempotent: The request may be repeated (RFC 9110 §9.2.2).
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

    /// A request that may be repeated is sent over a new connection where a kept one has turned out dead. Not where the operator
    /// wants nothing repeated that a backend may have seen.
    var repeatsOnDeadConnections: Bool { onReset }

    /// Whether a retry after `error` is one of those that a budget is for.
    ///
    /// To leave a backend that is down is not: it puts nothing on the others that they would not have got if it had been
    /// known before, and since it is known now, there are only so many. Nor is it when a reused connection was dead: nobody
    /// works on that request. But a backend that is slow may have the request still, and one that is not out of rotation
    /// will be sent others.
    func counts(_ error: ProxyError, backendIsDown: Bool) -> Bool {
        if error.retry == .always || error.kind == .replayRefused { return false }
        return !(error.retryCondition == .reset && backendIsDown)
    }

    /// Whether a backend's answer with this status is no answer yet while there may be a better one.
    func isFailure(_ status: Int) -> Bool {
        hasStatuses && statuses.contains(status)
    }

    /// How long to wait before the attempt that follows attempt number `attempt`, in nanoseconds: nothing before the first
    /// retry, and then a random part of a time that doubles, so that those who failed together do not come back together
    /// ("full jitter").
    func wait(after attempt: Int, using random: inout some RandomNumberGenerator) -> UInt64 {
        guard attempt > 1, backoff > 0 else { return 0 }
        let factor = attempt - 2 < 4 ? UInt64(1) << UInt64(attempt - 2) : 10
        let (longest, overflow) = backoff.multipliedReportingOverflow(by: factor)
        return UInt64.random(in: 0...(overflow ? UInt64.max : longest), using: &random)
    }

    private func isCovered(_ error: ProxyError) -> Bool {
        switch error.kind {
        // Only what is retried ever becomes an error.
        case .unwantedStatus: return true
        default: break
        }
        return switch error.retryCondition {
        case .connect: onConnect
        case .reset: onReset
        case .timeout: onTimeout
        case nil: false
        }
    }
}

/// Where a request goes next, and is counted as in flight already; and whether that counts against the retry budget.
struct RetryPlan {
    let backend: Backend
    let isCounted: Bool
}

/// There is another attempt if a backend comes back; the place in the retry budget is taken already, if it needs one.
struct RetryProspect {
    let isCounted: Bool
    /// What the answer is if none does.
    let failure: ProxyError
}
