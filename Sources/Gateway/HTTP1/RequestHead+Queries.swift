// SPDX-License-Identifier: Apache-2.0

extension RequestHead {
    /// HEAD: the response has no body.
    package var isHead: Bool { method == .head }
    /// CONNECT.
    package var isConnect: Bool { method == .connect }
    /// OPTIONS.
    package var isOptions: Bool { method == .options }
    /// TRACE.
    package var isTrace: Bool { method == .trace }
    /// GET.
    package var isGet: Bool { method == .get }
    /// Whether the request may be sent twice (RFC 9110 §9.2.2).
    package var isIdempotent: Bool { method.isIdempotent }

    /// Whether the client asks to change protocols: an Upgrade field that Connection names, not from HTTP/1.0, whose
    /// Upgrade must be ignored (RFC 9110 §7.8).
    package var wantsUpgrade: Bool {
        connection.upgrade && !isHTTP10 && contains(.upgrade)
    }

    /// Whether the backend's target is `/` followed by the path of ``pathStart``: an absolute target may have an empty
    /// path, an origin-form may not (RFC 9112 §3.2.1).
    package var pathNeedsSlash: Bool {
        targetForm == .absolute && !sendsAsterisk && !pathBeginsWithSlash
    }

    /// Whether the backend's target is `*`: sent so, or OPTIONS for an absolute target with neither path nor query
    /// (RFC 9112 §3.2.4).
    package var sendsAsterisk: Bool {
        targetForm == .asterisk || (targetForm == .absolute && isOptions && pathLength == 0)
    }

    /// Whether a field of that name occurs; costs one bit test.
    package func contains(_ header: KnownHeader) -> Bool {
        present & (1 &<< UInt64(header.rawValue)) != 0
    }

    /// The first field of that name.
    package func first(_ header: KnownHeader) -> HeaderField? {
        guard contains(header) else { return nil }
        for field in fields where field.known == header { return field }
        return nil
    }

    /// Whether the client is handed trailers: it speaks HTTP/1.1 and has said `TE: trailers`. A client that has not may
    /// ignore them, but may also never have met one (RFC 9110 §6.5.1 leaves both to the intermediary).
    package var takesTrailers: Bool { acceptsTrailers && !isHTTP10 }

    /// Whether a Connection field names `field`, so that it must not be handed on (RFC 9110 §7.6.1). False for fields that
    /// may not be named so; see ``KnownHeader/mayBeNominated``.
    ///
    /// - Parameters:
    ///   - field: One of ``fields``.
    ///   - bytes: The bytes that were parsed.
    /// - Returns: False at once in nearly every message; see ``ConnectionOptions/hasNominations``.
    package func isNominated(_ field: HeaderField, in bytes: Span<UInt8>) -> Bool {
        connection.nominate(field, among: fields, in: bytes)
    }
}
