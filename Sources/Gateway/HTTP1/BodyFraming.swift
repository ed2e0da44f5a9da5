// SPDX-License-Identifier: Apache-2.0

/// How the end of a body is found (RFC 9112 §6.3).
package enum BodyFraming: Equatable, Sendable {
    /// There is no body, and no field says how long one would be.
    case none
    /// So many bytes follow the head, perhaps 0; never more than `Int64.max`.
    case length(UInt64)
    /// Chunks follow the head.
    case chunked
    /// The body ends when the backend closes; responses only.
    case untilClose
}
