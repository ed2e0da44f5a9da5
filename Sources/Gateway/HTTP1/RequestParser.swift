// SPDX-License-Identifier: Apache-2.0

/// What the bytes so far amount to.
package enum ParseOutcome: Equatable, Sendable {
    /// They are the beginning of something; call again with more.
    case needMore
    /// The whole of it is there.
    case complete
    /// They can never become valid. Answer and close: nothing behind them can be trusted to be a request.
    case invalid(ParseError)
}

/// Turns the bytes of a request head into a ``RequestHead``: RFC 9112 read strictly, so that no other reader of the same
/// bytes can understand another request.
///
/// It remembers how far it has looked. Its outcome depends on the bytes alone, not on how they were cut into reads.
package struct RequestParser {
    private enum Phase {
        case line, fields, complete
        case failed(ParseError)
    }

    private let limits: HTTPLimits
    private var phase = Phase.line
    private var line: RequestLineScanner
    private var fields: FieldScanner

    /// A parser at the start of a request.
    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        line = RequestLineScanner(maximum: min(limits.requestLineBytes, limits.headerBytes))
        fields = FieldScanner(start: 0, table: .shared)
    }

    /// Whether all that has come is empty lines, which are no part of a request. They may be forgotten, if their number is
    /// given to ``reset(after:)``.
    package var hasOnlyEmptyLines: Bool {
        if case .line = phase { return line.hasOnlyEmptyLines }
        return false
    }

    /// How many empty lines have come before the request line.
    package var emptyLines: Int { line.emptyLines }

    /// Forgets the request, to begin the next one on the same connection.
    ///
    /// - Parameter emptyLines: How many empty lines have come since the last request and are forgotten.
    package mutating func reset(after emptyLines: Int = 0) {
        phase = .line
        line = RequestLineScanner(maximum: min(limits.requestLineBytes, limits.headerBytes), after: emptyLines)
    }

    /// Goes on with a request head.
    ///
    /// - Parameters:
    ///   - bytes: Everything received of this request so far, from its first byte, and perhaps what follows it.
    ///   - head: Filled step by step, the same object in every call for one request; reset by the first call.
    /// - Returns: `.complete` when all of the head is there: `head.length` says how many of `bytes` it is. An error is
    ///   returned again by every later call until ``reset()``.
    package mutating func parse(_ bytes: Span<UInt8>, into head: RequestHead) -> ParseOutcome {
        if case .line = phase {
            if line.position == 0 { head.reset() }
            switch line.scan(bytes, into: head) {
            case .needMore: return .needMore
            case .invalid(let error): return fail(error)
            case .complete:
                phase = .fields
                fields.restart(at: line.position)
            }
        }
        switch phase {
        case .line: return .needMore
        case .fields: return parseFields(bytes, head)
        case .complete: return .complete
        case .failed(let error): return .invalid(error)
        }
    }

    private mutating func parseFields(_ bytes: Span<UInt8>, _ head: RequestHead) -> ParseOutcome {
        let end = min(bytes.count, line.lineStart + limits.headerBytes)
        switch fields.scan(bytes.extracting(first: end), into: &head.fields, maximum: limits.headerCount) {
        case .needMore:
            return bytes.count > end ? fail(.headTooLarge) : .needMore
        case .invalid(let error):
            return fail(error)
        case .complete:
            head.length = fields.position
            if let error = head.interpret(bytes) { return fail(error) }
            phase = .complete
            return .complete
        }
    }

    private mutating func fail(_ error: ParseError) -> ParseOutcome {
        phase = .failed(error)
        return .invalid(error)
    }
}
