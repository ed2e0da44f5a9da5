// SPDX-License-Identifier: Apache-2.0

/// The fields that a gateway has to know by name. All others are `other` and pass through.
package enum KnownHeader: UInt8, CaseIterable, Sendable {
    case other
    case host, connection, contentLength, transferEncoding, expect, te, trailer, upgrade, keepAlive
    case proxyConnection, proxyAuthenticate, proxyAuthorization, http2Settings
    case xForwardedFor, xForwardedProto, xForwardedHost, xForwardedPort, forwarded, xRequestID, xRealIP, xCurlew, via
    case xMirrored
    case maxForwards, date, server, retryAfter, proxyStatus
    case contentType, contentEncoding, contentRange, cacheControl
    case accept, range, cookie, setCookie, userAgent, authorization, traceparent, tracestate
    case proxy
    /// Any other field whose name begins with ``familyPrefix``: X-Forwarded-Ssl, X-Forwarded-Prefix and whatever else proxies
    /// have thought of. What they say of the client only a proxy may say.
    case xForwarded
    /// A name that is none of these, but that a backend may take for a guarded one; see ``isGuarded``.
    case mimic

    /// The name as it is usually written.
    package var name: String {
        Self.names[Int(rawValue)]
    }

    /// Whether the field speaks only to the next hop and is never handed on.
    ///
    /// Connection, Proxy-Connection, Keep-Alive, TE, Transfer-Encoding and Upgrade are named by RFC 9110 §7.6.1,
    /// HTTP2-Settings by RFC 7540 §3.2.1. Proxy-Authenticate and Proxy-Authorization concern the next proxy alone
    /// (§11.7.1, §11.7.2); the gateway demands no such credentials, and a backend has no business with those meant for
    /// another proxy. Trailer is not among them: it passes where trailers do.
    package var isHopByHop: Bool {
        switch self {
        case .connection, .proxyConnection, .keepAlive, .te, .transferEncoding, .upgrade,
            .proxyAuthenticate, .proxyAuthorization, .http2Settings:
            true
        default:
            false
        }
    }

    /// Whether a Connection header may have the field removed.
    ///
    /// RFC 9110 §7.6.1 forbids naming fields that are meant for all recipients of the content. Were the framing, the
    /// host, credentials or what a proxy in front has said of the client removable, a client could change what the backend
    /// reads, or have what somebody else added to its request taken away. So none of the end-to-end fields that are known
    /// here may be named, only those that speak to one hop anyway, and private ones.
    package var mayBeNominated: Bool {
        self == .other || isHopByHop
    }

    /// Whether the field says of a request what only a trusted proxy may say: of anybody else it counts for nothing, and no
    /// backend gets to see it. See ``RequestHead/counts(_:)``.
    package var isTestimony: Bool {
        switch self {
        case .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort, .xForwarded, .forwarded, .xRealIP,
            .xMirrored:
            true
        default: false
        }
    }

    /// Whether names that only look like this one are kept from backends.
    ///
    /// CGI and what descends from it (FastCGI, WSGI, Rack, PHP) hand fields to applications as `HTTP_X_FORWARDED_FOR`: some
    /// servers make `_` of `-` alone, others of every byte that is neither letter nor digit. There `X_Forwarded_For` is
    /// the same field as `X-Forwarded-For`, and could replace what the gateway says. nginx drops every name with an
    /// underscore; but real clients send such names of their own, so only those that stand for a field which the gateway
    /// frames by, drops or replaces are dropped here. No client that means well sends them.
    package var isGuarded: Bool {
        switch self {
        case .host, .contentLength, .expect, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort,
            .forwarded, .xRequestID, .xRealIP, .xCurlew, .xMirrored:
            true
        default: isHopByHop
        }
    }

    /// What is wrong with the field in a trailer section, if anything is. One that frames or routes the message may not stand
    /// there: it would come too late, and a recipient that merges trailers into the header would read another message (RFC
    /// 9110 §6.5.1). Nor may one that a recipient might take for such a field.
    package var errorInTrailers: ParseError? {
        switch self {
        case .host, .contentLength, .transferEncoding: .forbiddenTrailer
        case .mimic: .mimicInTrailers
        default: nil
        }
    }

    /// In the order of the cases.
    private static let names = [
        "",
        "Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect", "TE", "Trailer", "Upgrade", "Keep-Alive",
        "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "HTTP2-Settings",
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "Forwarded", "X-Request-Id",
        "X-Real-IP", "X-Curlew", "Via", "X-Mirrored",
        "Max-Forwards", "Date", "Server", "Retry-After", "Proxy-Status",
        "Content-Type", "Content-Encoding", "Content-Range", "Cache-Control",
        "Accept", "Range", "Cookie", "Set-Cookie", "User-Agent", "Authorization", "traceparent", "tracestate",
        "Proxy", "", "",
    ]

    /// How the names of all fields begin by which a proxy tells of its client.
    static let familyPrefix = "X-Forwarded-"
}
