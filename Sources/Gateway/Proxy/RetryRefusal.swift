// SPDX-License-Identifier: Apache-2.0

/// Why a request that might have gone to another backend has not.
package enum RetryRefusal: Sendable, Equatable {
    /// `retry.budget`
    case budget
    /// `limits.active_retries`
    case limit
    /// Every other backend has as many requests as it may have.
    case room

    /// For the log and for `details` of `Proxy-Status`.
    var text: StaticString {
        switch self {
        case .budget: "not retried: the retry budget is used up"
        case .limit: "not retried: limits.active_retries is reached"
        case .room: "not retried: every other backend is at its max_connections"
        }
    }
}
