// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// The request's part in a trace: one span for the request, and one for each attempt. None of this is called where
/// requests are not traced.
extension Exchange {
    /// The head is complete: finds out which trace the request belongs to, or begins one.
    func beginTrace(_ tracer: Tracer) {
        guard let input = downstream?.input else { return }
        let context = input.withBytes(0..<request.length) { bytes in
            let parent = request.traceParent(in: bytes)
            var context = tracer.context(continuing: parent)
            context.keepsState = parent != nil && request.hasValidTraceState(in: bytes)
            return context
        }
        let details = spareDetails
        details.reset()
        details.trace = context
        details.isExported = context.isSampled && tracer.exports
        summary.details = details
    }

    // MARK: The span of the request

    /// The request is over, and ``summary`` is complete.
    func writeServerSpan(_ tracer: Tracer, _ downstream: any Downstream) {
        guard let context = summary.trace else { return }
        let end = WallTime.now().nanosecondsSince1970
        let head = SpanWriter.Head(
            kind: .server,
            context: context,
            span: context.span,
            parent: context.parent,
            isParentRemote: context.parent != nil,
            start: end - min(end, summary.durationNanoseconds)
        )
        begin(head, tracer, downstream)
        describeRequest(tracer, downstream)
        if summary.status > 0 { tracer.writer.attribute("http.response.status_code", Int64(summary.status)) }
        tracer.writer.attribute("http.request.body.size", Int64(clamping: summary.bytesIn))
        tracer.writer.attribute("http.response.body.size", Int64(clamping: summary.bytesOut))
        let id = summary.requestID.hex
        tracer.writer.attribute("curlew.request_id", id.span)
        if let pool = summary.pool { tracer.writer.attribute("curlew.pool", pool.span) }
        if let route = summary.route { tracer.writer.attribute("curlew.route", route.span) }
        if summary.attempts > 1 { tracer.writer.attribute("curlew.attempts", Int64(summary.attempts)) }
        if let queued = summary.queuedNanoseconds {
            tracer.writer.attribute("curlew.queue_ms", Int64(clamping: queued / 1_000_000))
        }
        // For a server, "HTTP status codes in the 4xx range [...] span status MUST be left unset"; a server's fault is its 5xx, or
        // that there was no whole answer.
        let hasFailed = summary.status >= 500 || (summary.failure != nil && !(400..<500).contains(summary.status))
        if hasFailed { errorType(tracer, summary.details?.failureToken, status: summary.status) }
        tracer.writer.beginEvents()
        tracer.writer.end(at: end, error: hasFailed ? summary.failure ?? "status \(summary.status)" : nil)
        tracer.publish()
    }

    private func begin(_ head: SpanWriter.Head, _ tracer: Tracer, _ downstream: any Downstream) {
        withMethod(downstream) { tracer.writer.begin(head, name: $0) }
    }

    /// The method, or `HTTP` where it is none that is known: whoever asks must not be able to make up names without end.
    private func withMethod(_ downstream: any Downstream, _ body: (Span<UInt8>) -> Void) {
        if request.method == .other { return body(Exchange.anyMethod.span) }
        downstream.input.withBytes(request.methodStart..<request.methodStart + request.methodLength, body)
    }

    private static let anyMethod = Array("HTTP".utf8)

    private func describeMethod(_ tracer: Tracer, _ downstream: any Downstream) {
        let range = request.methodStart..<request.methodStart + request.methodLength
        if request.method != .other {
            return downstream.input.withBytes(range) { tracer.writer.attribute("http.request.method", $0) }
        }
        tracer.writer.attribute("http.request.method", "_OTHER" as StaticString)
        downstream.input.withBytes(range) { tracer.writer.attribute("http.request.method_original", $0) }
    }

    private func describeRequest(_ tracer: Tracer, _ downstream: any Downstream) {
        let input = downstream.input
        describeMethod(tracer, downstream)
        tracer.writer.attribute("url.scheme", "http" as StaticString)
        input.withBytes(request.pathStart..<request.pathStart + request.pathLength) { target in
            var end = 0
            while end < target.count, target[end] != UInt8(ascii: "?") { end += 1 }
            tracer.writer.attribute("url.path", target.extracting(0..<end))
            guard end < target.count else { return }
            tracer.redaction.apply(target)
            let shown = tracer.redaction.result
            tracer.writer.attribute("url.query", shown.span.extracting(end + 1..<shown.count))
        }
        if request.hostLength > 0 {
            let host = request.authorityStart..<request.authorityStart + request.hostLength
            input.withBytes(host) { tracer.writer.attribute("server.address", $0) }
            tracer.writer.attribute("server.port", Int64(request.port ?? 80))
        }
        summary.client.withBytes { if $0.count > 0 { tracer.writer.attribute("client.address", $0) } }
        downstream.client.withBytes { if $0.count > 0 { tracer.writer.attribute("network.peer.address", $0) } }
        tracer.writer.attribute("network.protocol.version", request.isHTTP10 ? "1.0" : "1.1" as StaticString)
        if let field = request.first(.userAgent) {
            input.withBytes(field.value) { tracer.writer.attribute("user_agent.original", $0) }
        }
    }

    /// `error.type`: a token from a list that ends, or else the status.
    private func errorType(_ tracer: Tracer, _ token: StaticString?, status: Int) {
        if let token {
            tracer.writer.attribute("error.type", token)
        } else {
            tracer.writer.attribute("error.type", "\(status)")
        }
    }

    // MARK: The spans of attempts

    /// One attempt has ended.
    ///
    /// - Parameters:
    ///   - attempt: What is known of it.
    ///   - error: Why it came to nothing; `nil` for a good one.
    ///   - backend: Where it was made.
    ///   - began: When it was begun, before libcurl sent it again, if it has.
    func writeClientSpan(
        _ attempt: borrowing AttemptRecord,
        _ error: ProxyError?,
        at backend: Backend,
        began: MonotonicTime
    ) {
        guard let context = summary.trace, let span = attempt.span, let tracer = self.context.tracer, let downstream
        else { return }
        let end = WallTime.now().nanosecondsSince1970
        let start = end - min(end, MonotonicTime.now().nanoseconds(since: began))
        begin(
            SpanWriter.Head(kind: .client, context: context, span: span, parent: context.span, start: start),
            tracer,
            downstream
        )
        describeMethod(tracer, downstream)
        describe(backend, tracer)
        if attempt.status > 0 { tracer.writer.attribute("http.response.status_code", Int64(attempt.status)) }
        if machine.sends > 1 { tracer.writer.attribute("http.request.resend_count", Int64(machine.sends - 1)) }
        if let pool = summary.pool { tracer.writer.attribute("curlew.pool", pool.span) }
        if let words = attempt.libcurl { tracer.writer.attribute("curlew.libcurl", words) }
        // For a client, those of 4xx too are errors.
        let hasFailed = error != nil || attempt.status >= 400
        if hasFailed {
            errorType(tracer, attempt.status >= 400 ? nil : error?.proxyStatusToken, status: attempt.status)
        }
        if let upstream = attempt.upstream { tracer.writer.attribute("curlew.connection.reused", upstream.reused) }
        tracer.writer.beginEvents()
        if let upstream = attempt.upstream { events(upstream, from: start, tracer) }
        tracer.writer.end(at: end, error: hasFailed ? attempt.error ?? "status \(attempt.status)" : nil)
        tracer.publish()
    }

    /// Where the attempt went: its URL, with the query as the log shows it, and the parts of it.
    private func describe(_ backend: Backend, _ tracer: Tracer) {
        switch backend.url.endpoint {
        case .unix(let path):
            tracer.writer.attribute("server.address", path)
            return tracer.writer.attribute("network.transport", "unix" as StaticString)
        case .tcp(let host, let port):
            tracer.writer.attribute("server.address", host)
            tracer.writer.attribute("server.port", Int64(port))
        }
        var end = layout.head
        while end < text.end, text[end] > 0x20 { end += 1 }
        let url = backend.name + text.withBytes(layout.head..<end) { target in target.indices.map { target[$0] } }
        tracer.redaction.apply(url.span)
        let shown = tracer.redaction.result
        tracer.writer.attribute("url.full", shown.span)
    }

    /// When libcurl was done with each part of connecting, and when the first byte came.
    private func events(_ timings: UpstreamTimings, from start: UInt64, _ tracer: Tracer) {
        let phases: [(StaticString, UInt64)] = [
            ("dns", timings.dns), ("connect", timings.connect), ("tls", timings.tls), ("first_byte", timings.firstByte),
        ]
        for (name, microseconds) in phases where microseconds > 0 {
            tracer.writer.event(name, at: start + microseconds * 1000)
        }
    }
}

extension WallTime {
    /// 0 before 1970.
    fileprivate var nanosecondsSince1970: UInt64 { UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(nanoseconds) }
}
