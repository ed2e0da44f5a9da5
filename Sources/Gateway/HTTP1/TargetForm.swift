// SPDX-License-Identifier: Apache-2.0

/// The four forms of a request target (RFC 9112 §3.2).
package enum TargetForm: Sendable {
    /// A path and perhaps a query: `/a?b`.
    case origin
    /// A whole URI, as clients send to a proxy: `http://host/a?b`.
    case absolute
    /// `host:port`, for CONNECT alone.
    case authority
    /// `*`, for OPTIONS alone.
    case asterisk
}
