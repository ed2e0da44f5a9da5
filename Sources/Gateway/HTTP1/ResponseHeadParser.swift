// SPDX-License-Identifier: Apache-2.0

/// What a line of a response head amounts to.
package enum ResponseLineOutcome: Equatable, Sendable {
    /// More lines follow.
    case more
    /// The head of an interim response (1xx except 101) is complete; it can be read from the ``ResponseHead`` until the
    /// next line, which begins another.
    case informationalComplete(status: Int)
    /// The head of the response itself is complete, 101 included. No line may follow.
    case complete
    /// A field behind the body, of a response by HTTP/2.
    case trailer
    /// The response is not to be trusted: answer 502 and do not use the upstream connection again.
    case invalid(ResponseError)
}

/// Validates a response head line by line, as libcurl's header callback shows it. libcurl's own parser lets through
/// nearly anything, so nothing that it has accepted is taken as valid here.
///
/// A line that ends in LF alone is rejected, though RFC 9112 §2.2 lets a recipient take it: where an application puts a
/// visitor's text into a header and filters CRLF only, a bare LF is how another header gets in.
package struct ResponseHeadParser {
    private enum Phase {
        case statusLine, fields, over
        case failed(ResponseError)
    }

    private let limits: HTTPLimits
    private var phase = Phase.statusLine
    private var isHead = false
    private var takesHTTP2 = false
    private var scanner: FieldScanner
    /// Interim responses so far.
    private var interimCount = 0

    /// A parser for the response to anything but HEAD, until ``reset(forHead:)`` says otherwise.
    package init(limits: HTTPLimits = .response) {
        self.limits = limits
        scanner = FieldScanner(start: 0, table: .shared)
    }

    /// Makes ready for another response.
    ///
    /// - Parameters:
    ///   - isHead: The request's method is HEAD, so that no body follows whatever the fields say.
    ///   - takesHTTP2: The response may come by HTTP/2.
    package mutating func reset(forHead isHead: Bool, takesHTTP2: Bool = false) {
        self.takesHTTP2 = takesHTTP2
        phase = .statusLine
        self.isHead = isHead
        interimCount = 0
    }

    /// Takes the next line.
    ///
    /// - Parameters:
    ///   - line: One whole line with its CRLF; the status line first, a line of CRLF alone last.
    ///   - head: Filled step by step, the same object in every call for one response; reset by each status line.
    /// - Returns: What the line amounts to. After an error every later call returns it again.
    package mutating func append(line: Span<UInt8>, to head: ResponseHead) -> ResponseLineOutcome {
        guard line.count >= 2, line[line.count - 1] == ASCII.lineFeed, line[line.count - 2] == ASCII.carriageReturn
        else { return isFailed ?? fail(.badLine) }
        switch phase {
        case .statusLine: return appendStatusLine(line, head)
        case .fields: return appendField(line, head)
        case .over: return head.isHTTP2 ? .trailer : fail(.badLine)
        case .failed(let error): return .invalid(error)
        }
    }

    private mutating func appendStatusLine(_ line: Span<UInt8>, _ head: ResponseHead) -> ResponseLineOutcome {
        head.reset()
        guard line.count <= limits.headerBytes else { return fail(.malformed(.headTooLarge)) }
        head.lines.append(line)
        if let error = head.interpretStatusLine(line.extracting(first: line.count - 2), takesHTTP2: takesHTTP2) {
            return fail(error)
        }
        phase = .fields
        return .more
    }

    private mutating func appendField(_ line: Span<UInt8>, _ head: ResponseHead) -> ResponseLineOutcome {
        guard head.lines.bytes.count + line.count <= limits.headerBytes else { return fail(.malformed(.headTooLarge)) }
        switch head.lines.appendField(line, &scanner, maximum: limits.headerCount) {
        case .needMore: return scanner.isAtLineStart ? .more : fail(.badLine)
        case .invalid(let error): return fail(.malformed(error))
        case .complete:
            guard scanner.position == line.count else { return fail(.badLine) }
            if let error = head.interpret(forHead: isHead) { return fail(.malformed(error)) }
            guard !head.isInformational else {
                interimCount += 1
                guard interimCount <= limits.interimCount else { return fail(.tooManyInterimResponses) }
                phase = .statusLine
                return .informationalComplete(status: head.status)
            }
            phase = .over
            return .complete
        }
    }

    private var isFailed: ResponseLineOutcome? {
        if case .failed(let error) = phase { return .invalid(error) }
        return nil
    }

    private mutating func fail(_ error: ResponseError) -> ResponseLineOutcome {
        phase = .failed(error)
        return .invalid(error)
    }
}
