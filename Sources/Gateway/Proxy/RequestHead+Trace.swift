// SPDX-License-Identifier: Apache-2.0

/// What a client says of the trace that its request belongs to (W3C Trace Context).
extension RequestHead {
    /// The trace that goes on; `nil` where there is none, or none that can be read. Which of two would be meant nobody can say.
    func traceParent(in bytes: Span<UInt8>) -> TraceParent? {
        guard contains(.traceparent), fields.count(where: { $0.known == .traceparent }) == 1,
            let field = first(.traceparent)
        else { return nil }
        return TraceParent(bytes.extracting(field.value))
    }

    /// There is a tracestate, and it can be read.
    func hasValidTraceState(in bytes: Span<UInt8>) -> Bool {
        guard contains(.tracestate) else { return false }
        var state = TraceState()
        for field in fields where field.known == .tracestate { state.append(bytes.extracting(field.value)) }
        return state.isValid
    }
}
