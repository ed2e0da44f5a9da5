// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

extension Explainer {
    /// A request id that no request has; wherever it would stand, `{request_id}` is told.
    private static let exampleID = RequestID(high: 0xC0DE_C0DE_C0DE_C0DE, low: 0xC0DE_C0DE_C0DE_C0DE)
    private static let exampleHex = String(repeating: "c0de", count: 8)

    // The same for a trace that begins with the request, and for the gateway's span.
    private static let exampleTrace = TraceID(high: 0x7ACE_7ACE_7ACE_7ACE, low: 0x7ACE_7ACE_7ACE_7ACE)
    private static let traceHex = String(repeating: "7ace", count: 8)
    private static let exampleSpan = SpanID(0x5BA0_5BA0_5BA0_5BA0)
    private static let spanHex = String(repeating: "5ba0", count: 4)

    private static func traced(_ request: ParsedDraft, _ tracing: TracingConfiguration) -> ExchangeDetails {
        let parent = request.withBytes { request.head.traceParent(in: $0) }
        var context = TraceContext(
            trace: parent?.trace ?? exampleTrace,
            span: exampleSpan,
            parent: parent?.parent,
            isSampled: parent?.isSampled ?? (tracing.samplePercent > 0)
        )
        context.isRandom = parent?.isRandom ?? false
        context.keepsState = parent != nil && request.withBytes { request.head.hasValidTraceState(in: $0) }
        let details = ExchangeDetails()
        details.trace = context
        details.writtenSpan = exampleSpan
        return details
    }

    /// What a route answers by itself.
    func explain(_ fixed: FixedAnswer, _ edits: RouteEdits?, _ request: ParsedDraft) -> Explanation.Answer {
        let output = ByteBuffer(capacity: 1024)
        var clock = WallClock()
        let style = FixedAnswer.Style(keepAlive: true, date: clock.httpDate(WallTime(seconds: 0)), edits: edits)
        let body = fixed.write(to: output, for: request.head, in: request.input, style)
        let fields = HeadText.fields(output.withBytes(0..<output.end - body) { $0.string }).filter { field in
            !["date", "connection"].contains(field.name.lowercased())
        }
        return Explanation.Answer(
            status: fixed.status,
            location: fields.first { $0.name.lowercased() == "location" }?.value,
            headers: fields,
            bodyBytes: body
        )
    }

    /// What a backend is sent of the head, as text: the target, and the fields.
    func rewritten(
        _ request: ParsedDraft,
        _ edits: RouteEdits?,
        for backend: Backend?,
        in pool: SharedPool
    ) -> HeadText {
        let text = ByteBuffer(capacity: 2048)
        var rewriter = RequestRewriter(head: request.head, input: request.input, text: text)
        rewriter.edits = edits
        rewriter.backendHost = backend?.hostField
        rewriter.ownCookie = pool.sticky?.name
        rewriter.unframesBody = backend?.speaksHTTP2 ?? false
        rewriter.isUpgrade = request.isUpgrade
        if let tracing = snapshot.configuration.tracing { rewriter.traced = Self.traced(request, tracing) }
        let sender = RequestRewriter.Sender(
            requestID: Self.exampleID,
            connection: request.peer.text,
            client: request.clientText,
            isTrusted: request.peer.isTrusted
        )
        let layout = rewriter.write(sender)
        let whole = text.withBytes(layout.head..<text.end) { $0.string }
        var head = HeadText(
            whole.replacing(Self.exampleHex, with: "{request_id}").replacing(Self.traceHex, with: "{trace_id}")
                .replacing(Self.spanHex, with: "{span_id}")
        )
        // See HeadStyle: libcurl completes the last line.
        if HeadStyle.proven == .wholeText, backend?.speaksHTTP2 != true {
            head.fields.append(Explanation.Field(name: "X-Curlew", value: "HTTP/1.1"))
        }
        return head
    }
}

/// The head of a request in pieces.
struct HeadText {
    let target: String
    var fields: [Explanation.Field]

    /// `text` is what ``RequestRewriter`` writes: target, version, fields, and a beginning of a last line.
    init(_ text: String) {
        target = String(text.prefix { $0 != " " })
        fields = HeadText.fields(text)
    }

    /// The whole lines behind the first one that have a colon.
    static func fields(_ text: String) -> [Explanation.Field] {
        text.split(separator: "\r\n").dropFirst().compactMap { $0.hasPrefix("X-Curlew:") ? nil : field($0) }
    }

    /// `nil` where there is no colon.
    static func field(_ line: Substring) -> Explanation.Field? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return Explanation.Field(name: String(line[..<colon]), value: value.filter { !$0.isNewline })
    }
}
