// SPDX-License-Identifier: Apache-2.0

/// Which trailer fields are handed on, in either direction.
///
/// Many a recipient adds trailers to the header, and it has acted upon the header by then. So RFC 9110 §6.5.1 keeps out of
/// trailers what frames or routes a message, what authenticates or conditions a request, and what says how content is to
/// be processed. To these come the fields by which a gateway tells a backend of the client: in a trailer, nothing of them
/// can be the gateway's. A field that no one knows passes: checksums, signatures, a status such as `grpc-status`, timings.
enum TrailerRules {
    /// Whether the field called `name` may be handed on as a trailer.
    ///
    /// `_` counts as `-`: backends in the manner of CGI make one variable of both.
    static func mayPass(_ name: Span<UInt8>) -> Bool {
        if allowed.contains(where: { matches(name, $0) }) { return true }
        return !forbidden.contains { matches(name, $0) } && !forbiddenFamilies.contains { begins(name, $0) }
    }

    /// RFC 9530 §2 and §3 define their fields for trailers; RFC 9111 and 9110 leave these to them too.
    private static let allowed = ["content-digest", "content-md5"].map { Array($0.utf8) }

    private static let forbidden = [
        // The connection and the message's framing and way
        "connection", "host", "http2-settings", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "via",
        "expect", "max-forwards", "forwarded", "x-real-ip", "x-request-id", "x-original-url", "x-rewrite-url",
        "x-http-method", "x-http-method-override", "x-method-override",
        // Conditions and controls
        "cache-control", "pragma", "range", "prefer",
        // Who is asking, and state
        "authorization", "www-authenticate", "cookie", "cookie2", "set-cookie", "set-cookie2", "origin", "referer",
        // What a client decides before it reads the body
        "age", "date", "expires", "location", "refresh", "retry-after", "vary", "warning", "status", "clear-site-data",
        "strict-transport-security", "x-content-type-options", "x-frame-options", "x-xss-protection",
        "x-accel-redirect", "x-sendfile", "x-curlew", "x-mirrored",
    ].map { Array($0.utf8) }

    private static let forbiddenFamilies = [
        "access-control-", "content-", "if-", "proxy-", "sec-", "x-forwarded-",
    ].map { Array($0.utf8) }

    private static func matches(_ name: Span<UInt8>, _ other: [UInt8]) -> Bool {
        name.count == other.count && begins(name, other)
    }

    private static func begins(_ name: Span<UInt8>, _ prefix: [UInt8]) -> Bool {
        guard name.count >= prefix.count else { return false }
        for index in 0..<prefix.count {
            let byte = name[index] == UInt8(ascii: "_") ? UInt8(ascii: "-") : ASCII.lowercased(name[index])
            if byte != prefix[index] { return false }
        }
        return true
    }
}
