// SPDX-License-Identifier: Apache-2.0

/// What a traceparent field says (W3C Trace Context §3.2): `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
struct TraceParent: Equatable, Sendable {
    var trace: TraceID
    /// The span of whoever sent the request.
    var parent: SpanID
    var isSampled: Bool
    var isRandom: Bool

    /// Bytes of a value of version 00.
    static let length = 55

    /// `nil` for a value that must be ignored: §3.2.2, "Vendors MUST ignore the traceparent when the parent-id is invalid (for
    /// example, if it contains non-lowercase hex characters)", and the same of the trace-id. Version ff is invalid. Of a
    /// version that is not known the parts of version 00 are read (§3.2.4): it is so long or longer, and then goes on
    /// with a hyphen.
    init?(_ value: Span<UInt8>) {
        guard value.count >= TraceParent.length, let version = TraceParent.hex(value, 0..<2), version != 0xFF else {
            return nil
        }
        let hyphen = UInt8(ascii: "-")
        guard value[2] == hyphen, value[35] == hyphen, value[52] == hyphen else { return nil }
        if value.count > TraceParent.length {
            guard version > 0, value[TraceParent.length] == hyphen else { return nil }
        }
        guard let high = TraceParent.hex(value, 3..<19), let low = TraceParent.hex(value, 19..<35), high | low != 0,
            let span = TraceParent.hex(value, 36..<52), span != 0, let flags = TraceParent.hex(value, 53..<55)
        else { return nil }
        trace = TraceID(high: high, low: low)
        parent = SpanID(span)
        isSampled = flags & 1 != 0
        isRandom = flags & 2 != 0
    }

    /// Lower-case hex digits (§3.2.1: HEXDIGLC), 16 at most.
    private static func hex(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var number: UInt64 = 0
        for index in range {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(bytes[index] - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                number = number << 4 | UInt64(bytes[index] - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}

extension TraceContext {
    /// The value of the field that tells a backend of `span`.
    func traceparent(of span: SpanID) -> InlineArray<55, UInt8> {
        let (traceHex, spanHex, flags) = (trace.hex, span.hex, self.flags)
        return InlineArray { index in
            switch index {
            case 0, 1: UInt8(ascii: "0")
            case 2, 35, 52: UInt8(ascii: "-")
            case 3..<35: traceHex[index - 3]
            case 36..<52: spanHex[index - 36]
            case 53: UInt8(ascii: "0")
            default: UInt8(ascii: "0") + flags
            }
        }
    }
}
