// SPDX-License-Identifier: Apache-2.0

/// What the strategies that hash look at, and how far a backend may be filled by them.
package struct HashConfiguration: Sendable, Equatable {
    /// What requests must have in common to reach the same backend.
    package enum Source: Sendable, Equatable {
        case clientAddress
        /// The value of a header field; the client's address where it is missing.
        case header(String)
        /// The value of a cookie; the client's address where it is missing.
        case cookie(String)
        /// The request's path, without its query.
        case path
    }

    /// Default: the client's address.
    package var source = Source.clientAddress
    /// The most that a backend may have of requests in flight, in per cent of its fair share, before a request goes to the
    /// next one (bounded loads); `nil` for no bound. Default 125.
    package var balancePercent: Int? = 125

    package init() {}
}

/// Requests that wait while every backend has as many as it may have (`max_connections`).
package struct QueueConfiguration: Sendable, Equatable {
    /// How many may wait, over all workers; one more is answered 503. Default 100.
    package var size = 100
    /// How long one waits before it is answered 503. Default 1 s.
    package var timeout = Duration.seconds(1)

    package init() {}
}

/// What becomes of a request when every backend is out of rotation.
package enum WhenAllDown: String, Sendable, CaseIterable {
    /// It is answered 503.
    case reject
    /// It is sent to one of them all the same.
    case tryAnyway = "try_anyway"
}

/// Clients that stay with the backend that served them first, by a signed cookie.
package struct StickyConfiguration: Sendable, Equatable {
    /// What browsers send with requests from other sites.
    package enum SameSite: String, Sendable, CaseIterable {
        case strict, lax, none
    }

    /// When the cookie is marked to be sent over TLS alone.
    package enum Secure: String, Sendable, CaseIterable {
        /// Where the client's own connection, as far as is known, is over TLS.
        case auto
        case always, never
    }

    /// The cookie's name. Default `curlew`.
    package var cookie = "curlew"
    /// The key of the signature (HMAC-SHA-256). Empty: one made at the start, so that cookies last as long as the process.
    package var secret: [UInt8] = []
    /// How long a browser keeps the cookie; `nil`, the default, for as long as it runs.
    package var timeToLive: Duration?
    package var path = "/"
    package var sameSite = SameSite.lax
    package var secure = Secure.auto

    /// Browsers drop a cookie whose name begins like this and which is not marked (RFC 6265bis §4.1.3).
    package var needsSecure: Bool { hasPrefix("__host-") || hasPrefix("__secure-") }
    /// The same, unless it is for every path.
    package var needsRootPath: Bool { hasPrefix("__host-") }

    private func hasPrefix(_ prefix: String) -> Bool { cookie.lowercased().hasPrefix(prefix) }

    package init() {}
}
