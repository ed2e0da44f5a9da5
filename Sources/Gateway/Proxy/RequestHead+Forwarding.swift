// SPDX-License-Identifier: Apache-2.0

/// What a request's head alone says of how it may be forwarded.
extension RequestHead {
    /// Why the request is not forwarded at all, where bodies may have `maximum` bytes.
    func refusal(bodyBeyond maximum: UInt64?) -> ProxyError? {
        switch framing {
        case .none, .length(0), .untilClose: return nil
        case .length(let length):
            if let maximum, length > maximum { return ProxyError(.bodyTooLarge) }
        case .chunked: break
        }
        return isHead ? ProxyError(.headWithBody) : nil
    }

    /// Whether the request may be sent again though a backend may have acted upon it: its method is idempotent (RFC 9110
    /// §9.2.2), the client has named it so that a backend can tell (Idempotency-Key), or the operator says so. `bytes` are
    /// those that were parsed.
    func mayBeRepeated(_ policy: RetryPolicy, in bytes: Span<UInt8>) -> Bool {
        isIdempotent || policy.retriesNonIdempotent || hasIdempotencyKey(in: bytes)
    }

    /// There is something to be sent behind the head. A body of no bytes is none.
    var hasBody: Bool {
        switch framing {
        case .none, .length(0): false
        case .length, .chunked, .untilClose: true
        }
    }

    private static let idempotencyKey = Array("idempotency-key".utf8)

    /// The client has named the request, so that a backend can tell when it comes twice.
    func hasIdempotencyKey(in bytes: Span<UInt8>) -> Bool {
        fields.contains { field in
            field.known == .other && field.nameLength == RequestHead.idempotencyKey.count && field.valueLength > 0
                && ASCII.equals(bytes, field.name, ignoringCase: RequestHead.idempotencyKey)
        }
    }
}
