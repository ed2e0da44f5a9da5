// SPDX-License-Identifier: Apache-2.0

/// The name of one trace: 128 bits, not all zero (W3C Trace Context §3.2.2.3).
package struct TraceID: Sendable, Hashable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 lower-case hex digits.
    package var hex: InlineArray<32, UInt8> { RequestID(high: high, low: low).hex }
}

/// The name of one span within a trace: 64 bits, not all zero (§3.2.2.4).
package struct SpanID: Sendable, Hashable {
    package var value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }

    /// 16 lower-case hex digits.
    package var hex: InlineArray<16, UInt8> {
        InlineArray { index in
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - index * 4)) & 15
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }
}

/// How one request takes part in a trace.
package struct TraceContext: Sendable, Equatable {
    package var trace: TraceID
    /// The gateway's own span for the request.
    package var span: SpanID
    /// The span of whoever sent the request; `nil` where the trace begins here.
    package var parent: SpanID?
    /// Somebody records the trace.
    package var isSampled: Bool
    /// The trace's id is known to be random (§3.2.2.5.2 of level 2); handed on as it came.
    package var isRandom = false
    /// What the client says in tracestate is handed on.
    package var keepsState = false

    package init(trace: TraceID, span: SpanID, parent: SpanID? = nil, isSampled: Bool) {
        self.trace = trace
        self.span = span
        self.parent = parent
        self.isSampled = isSampled
    }

    /// The trace-flags of version 00.
    package var flags: UInt8 { (isSampled ? 1 : 0) | (isRandom ? 2 : 0) }
}
