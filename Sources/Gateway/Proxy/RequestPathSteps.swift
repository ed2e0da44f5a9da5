// SPDX-License-Identifier: Apache-2.0

/// The steps of the request path one by one, on one request and its response, to be measured apart from each other. Each
/// does what the gateway does with its own parts; nothing of it is used for serving.
package final class RequestPathSteps {
    private let input: ByteBuffer
    private let head = RequestHead()
    private var parser: RequestParser
    private let text = ByteBuffer(capacity: 4096)
    private let lines: [[UInt8]]
    private let response = ResponseHead()
    private var responseParser: ResponseHeadParser
    private let output = ByteBuffer(capacity: 4096)
    private var formatter: RecordFormatter
    private var summary: ExchangeSummary
    private let date: InlineArray<29, UInt8>

    /// - Parameters:
    ///   - request: A request head, with its blank line.
    ///   - lines: The lines of its response's head, each with its end, the blank one last.
    ///   - isJSON: The form of the log.
    package init(request: String, response lines: [String], isJSON: Bool) {
        let limits = HTTPLimits(LimitsConfiguration())
        input = ByteBuffer(capacity: request.utf8.count)
        input.append(Array(request.utf8))
        parser = RequestParser(limits: limits)
        responseParser = ResponseHeadParser(limits: HTTPLimits(ofResponses: LimitsConfiguration()))
        self.lines = lines.map { Array($0.utf8) }
        formatter = RecordFormatter(isJSON: isJSON)
        var clock = WallClock()
        date = clock.httpDate(WallTime(seconds: 1_700_000_000))
        summary = ExchangeSummary(
            requestID: RequestID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210),
            client: AddressText("203.0.113.9"),
            backend: Array("http://10.0.0.1:8080".utf8),
            pool: Array("web".utf8)
        )
        summary.status = 200
        summary.attempts = 1
        summary.bytesOut = 19
        summary.durationNanoseconds = 1_234_567
        summary.upstream = UpstreamTimings(reused: true, firstByte: 1000, total: 1100)
        parseRequest()
        parseResponse()
    }

    /// Parses the request head. `false` if it is none, which would make the other steps meaningless.
    @discardableResult
    package func parseRequest() -> Bool {
        parser.reset()
        head.reset()
        guard case .complete = input.withBytes(0..<input.end, { parser.parse($0, into: head) }) else { return false }
        return true
    }

    /// Writes what a backend is sent of the request.
    package func rewriteRequest() {
        let sender = RequestRewriter.Sender(
            requestID: summary.requestID,
            connection: summary.client,
            client: summary.client,
            isTrusted: false
        )
        _ = RequestRewriter(head: head, input: input, text: text).write(sender)
    }

    /// Parses the response head, line by line as libcurl hands it over. `false` if it is none.
    @discardableResult
    package func parseResponse() -> Bool {
        responseParser.reset(forHead: false)
        for line in lines {
            if case .complete = responseParser.append(line: line.span, to: response) { return true }
        }
        return false
    }

    /// Writes what the client is sent of the response head.
    package func rewriteResponse() {
        output.removeAll()
        ResponseRewriter(response: response, isHTTP10: false, isHead: false, takesTrailers: false)
            .write(to: output, keepAlive: true, date: date)
    }

    /// Builds the REQUEST and the RESPONSE record.
    package func formatRecords() {
        let time = WallTime(seconds: 1_700_000_000)
        input.withBytes(0..<3) { method in
            input.withBytes(4..<5) { target in
                formatter.start(at: time)
                formatter.request(method, target, summary)
                formatter.start(at: time)
                formatter.response(method, target, summary)
            }
        }
    }
}
