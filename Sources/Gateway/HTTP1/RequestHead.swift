// SPDX-License-Identifier: Apache-2.0

/// What a ``RequestParser`` understood of one request head. All positions are offsets into the bytes that were parsed; it
/// holds none of them. One object serves a connection for life: ``reset()`` keeps its storage.
package final class RequestHead {
    /// The header fields in the order they came.
    var fields: [HeaderField] = []
    /// Bytes of the head with its blank line and an ignored empty line before it; the body follows.
    var length = 0

    /// Offset and bytes of the method.
    var methodStart = 0
    var methodLength = 0
    /// The method, if it is one of those that matter here.
    var method = Method.other
    /// Offset and bytes of the request target as it was sent.
    var targetStart = 0
    var targetLength = 0
    /// The form of the target.
    var targetForm = TargetForm.origin
    /// The part of the target that goes to the backend: path and query, or `*`. For an absolute target it may be empty or
    /// begin with `?`; see ``pathNeedsSlash``.
    var pathStart = 0
    var pathLength = 0
    /// The client's version is HTTP/1.0; otherwise it is 1.1 or to be treated as such (RFC 9110 §2.5).
    var isHTTP10 = false

    /// The authority that the request is for: that of an absolute or authority target, else Host (RFC 9112 §3.2.2).
    /// 0 bytes only for HTTP/1.0 without Host.
    var authorityStart = 0
    var authorityLength = 0
    /// Bytes of the host at the start of the authority, IPv6 brackets included, without port.
    var hostLength = 0
    /// The port of the authority, if it has one.
    var port: UInt16?
    /// Index of Host in ``fields``, or -1.
    var hostIndex = -1

    /// How the body is framed; never `untilClose`.
    var framing = BodyFraming.none
    /// Whether the client is willing to send another request on this connection (RFC 9112 §9.3).
    var keepAlive = false
    /// Whether the client waits for 100 before it sends its body (RFC 9110 §10.1.1). False without a body to wait with
    /// and for HTTP/1.0, which must be ignored.
    var expectsContinue = false
    /// Whether the client understands trailers: `TE: trailers` (RFC 9110 §10.1.4).
    var acceptsTrailers = false
    /// What Max-Forwards says, with TRACE and OPTIONS alone (RFC 9110 §7.6.2): how often the request may still be
    /// forwarded.
    var maxForwards: UInt64?
    /// What Connection says.
    var connection = ConnectionOptions()
    /// A bit for each ``KnownHeader`` that occurs.
    var present: UInt64 = 0
    /// The path is not empty and begins with `/`.
    var pathBeginsWithSlash = false
    /// A trusted proxy has sent it. Nothing in the bytes says so: set by whoever knows whom they came from.
    var isOfTrustedProxy = false

    /// An empty head with room for 32 fields.
    package init() {
        fields.reserveCapacity(32)
    }

    /// Forgets everything but its storage.
    package func reset() {
        if !fields.isEmpty { fields.removeAll(keepingCapacity: true) }
        length = 0
        methodStart = 0
        methodLength = 0
        method = .other
        targetStart = 0
        targetLength = 0
        targetForm = .origin
        pathStart = 0
        pathLength = 0
        isHTTP10 = false
        authorityStart = 0
        authorityLength = 0
        hostLength = 0
        port = nil
        hostIndex = -1
        framing = .none
        keepAlive = false
        expectsContinue = false
        acceptsTrailers = false
        maxForwards = nil
        connection = ConnectionOptions()
        present = 0
        pathBeginsWithSlash = false
        isOfTrustedProxy = false
    }

    /// Whether something may be decided by what `field` says: else a client could choose its route or its rate limit by what is
    /// taken away from it further on.
    func counts(_ field: HeaderField) -> Bool {
        isOfTrustedProxy || !field.known.isTestimony
    }
}
