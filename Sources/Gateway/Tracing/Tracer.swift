// SPDX-License-Identifier: Apache-2.0

/// One worker's part in tracing: says how each request takes part in a trace, and writes the spans of those that are sampled.
/// It belongs to the worker's thread.
final class Tracer {
    private let tracing: Tracing
    private let ring: LogRing?
    private var ids = RequestIDGenerator()
    private let threshold: UInt64
    /// Builds the spans.
    var writer = SpanWriter()
    /// What is not shown of queries.
    var redaction: Redaction

    init(_ tracing: Tracing) {
        self.tracing = tracing
        ring = tracing.exporter?.makeRing()
        threshold = Tracer.threshold(percent: tracing.configuration.samplePercent)
        redaction = Redaction(tracing.query)
    }

    /// Spans are sent somewhere.
    var exports: Bool { ring != nil }

    /// How a request takes part that says `parent` of its trace, if it says so. Whoever began the trace has decided whether it
    /// is sampled.
    func context(continuing parent: TraceParent?) -> TraceContext {
        let span = newSpan()
        if let parent {
            var context = TraceContext(
                trace: parent.trace,
                span: span,
                parent: parent.parent,
                isSampled: parent.isSampled
            )
            context.isRandom = parent.isRandom
            return context
        }
        var id = ids.next()
        // All zeros is no id. It will not happen.
        while id.high == 0 || id.low == 0 { id = ids.next() }
        let trace = TraceID(high: id.high, low: id.low)
        return TraceContext(trace: trace, span: span, isSampled: Tracer.isSampled(trace, threshold))
    }

    func newSpan() -> SpanID {
        var id = ids.next().low
        while id == 0 { id = ids.next().low }
        return SpanID(id)
    }

    /// The span that ``writer`` holds is complete.
    func publish() {
        guard let ring, let exporter = tracing.exporter else { return }
        writer.buffer.write(to: ring)
        exporter.wakeIfSleeping(isFull: ring.used > ring.capacity / 2)
    }

    // MARK: Sampling

    /// By the last 56 bits of the id, which are the random ones (level 2 §5.1.2), so that whoever else samples by ratio keeps the
    /// same traces.
    static func isSampled(_ trace: TraceID, _ threshold: UInt64) -> Bool {
        trace.low & ((1 << 56) - 1) >= threshold
    }

    /// Traces are dropped whose number is below it.
    static func threshold(percent: Int) -> UInt64 {
        (1 << 56) / 100 * UInt64(100 - min(max(percent, 0), 100)) + (percent <= 0 ? 1 << 56 : 0)
    }
}
