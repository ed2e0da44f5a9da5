// SPDX-License-Identifier: Apache-2.0

/// Reads a request line: method, target and version, one space between them, CRLF behind (RFC 9112 §3). RFC 9112 §3 lets a
/// server be lenient with whitespace here and warns of it in the same sentence; this one is not.
struct RequestLineScanner {
    private enum Phase: UInt8 {
        case start, emptyLine, method, target, version, end, lineFeed, done
    }

    /// The next byte to look at.
    private(set) var position = 0
    /// The first byte of the request line: 0, or behind the empty lines that are ignored.
    private(set) var lineStart = 0
    /// How many empty lines came before the request line.
    private(set) var emptyLines = 0
    private var phase = Phase.start
    private var targetStart = 0
    private var versionStart = 0
    private let maximum: Int

    /// A scanner that takes request lines of at most `maximum` bytes, CRLF not counted, when `emptyLines` empty lines have
    /// come before already.
    init(maximum: Int, after emptyLines: Int = 0) {
        self.maximum = maximum
        self.emptyLines = emptyLines
    }

    /// Whether all that has come is empty lines, and at least one of them.
    var hasOnlyEmptyLines: Bool {
        phase == .start && position > 0
    }

    /// Goes on where it stopped; `.complete` when the whole line has been read into `head`.
    mutating func scan(_ bytes: Span<UInt8>, into head: RequestHead) -> ParseOutcome {
        while position < bytes.count, phase != .done {
            // Within its limit the line may hold anything, at its limit only the CR that ends it.
            let room = lineStart + maximum - position
            if room <= 0, phase != .lineFeed, phase != .end || bytes[position] != ASCII.carriageReturn {
                return .invalid(.requestLineTooLong)
            }
            let window = bytes.extracting(first: room > 0 ? min(bytes.count, position + room) : position + 1)
            if let error = step(window, head) { return .invalid(error) }
        }
        return phase == .done ? .complete : .needMore
    }

    /// Goes on to the end of the version, or does one of the other steps.
    private mutating func step(_ bytes: Span<UInt8>, _ head: RequestHead) -> ParseError? {
        switch phase {
        case .start, .method, .target, .version:
            if phase == .start, let error = begin(bytes[position]) { return error }
            if phase == .method, let error = scanMethod(bytes, head) { return error }
            if phase == .target, let error = scanTarget(bytes, head) { return error }
            return phase == .version ? scanVersion(bytes, head) : nil
        case .emptyLine:
            guard bytes[position] == ASCII.lineFeed else { return .bareCarriageReturn }
            position += 1
            lineStart = position
            emptyLines += 1
            phase = .start
        case .end:
            guard bytes[position] == ASCII.carriageReturn else {
                return bytes[position] == ASCII.lineFeed ? .bareLineFeed : .badVersion
            }
            position += 1
            phase = .lineFeed
        case .lineFeed:
            guard bytes[position] == ASCII.lineFeed else { return .bareCarriageReturn }
            position += 1
            phase = .done
        case .done: break
        }
        return nil
    }

    /// A server should ignore at least one empty line before a request line (RFC 9112 §2.2), which old clients send after
    /// a body, and people who type. A few are taken; without a bound they would be a way to keep a connection for nothing.
    private static let ignoredEmptyLines = 4

    private mutating func begin(_ byte: UInt8) -> ParseError? {
        if ASCII.isToken(byte) {
            phase = .method
            return nil
        }
        switch byte {
        case ASCII.carriageReturn where emptyLines < Self.ignoredEmptyLines:
            position += 1
            phase = .emptyLine
            return nil
        case ASCII.lineFeed: return .bareLineFeed
        // The content type of a TLS handshake record (RFC 8446 §5.1).
        case 0x16 where emptyLines == 0: return .tlsOnPlainPort
        default: return .badMethod
        }
    }

    private mutating func scanMethod(_ bytes: Span<UInt8>, _ head: RequestHead) -> ParseError? {
        var index = position
        while index < bytes.count, ASCII.isToken(bytes[index]) { index += 1 }
        position = index
        guard index < bytes.count else { return nil }
        guard bytes[index] == ASCII.space else { return .badMethod }
        head.methodStart = lineStart
        head.methodLength = index - lineStart
        // Whatever becomes of the rest, it counts as a request of this method.
        head.method = Method(bytes, lineStart..<index)
        position = index + 1
        targetStart = position
        phase = .target
        return nil
    }

    private mutating func scanTarget(_ bytes: Span<UInt8>, _ head: RequestHead) -> ParseError? {
        var index = position
        while index < bytes.count, ASCII.isTarget(bytes[index]) { index += 1 }
        position = index
        guard index < bytes.count else { return nil }
        guard index > targetStart else { return .badTarget }
        switch bytes[index] {
        case ASCII.space:
            head.targetStart = targetStart
            head.targetLength = index - targetStart
            position = index + 1
            versionStart = position
            phase = .version
            return nil
        case ASCII.carriageReturn: return .missingVersion
        case ASCII.lineFeed: return .bareLineFeed
        default: return .badTarget
        }
    }

    /// `HTTP/` and two digits with a dot between; the name is in capitals (RFC 9112 §2.3). A minor version above 1 is
    /// served as 1.1, as RFC 9110 §2.5 asks.
    private mutating func scanVersion(_ bytes: Span<UInt8>, _ head: RequestHead) -> ParseError? {
        // Nearly always it is this one, and there as a whole.
        if position == versionStart, bytes.count - position >= 8, ASCII.word(bytes, at: position) == ASCII.http11 {
            head.isHTTP10 = false
            position += 8
            phase = .end
            return nil
        }
        while position < bytes.count {
            let byte = bytes[position]
            let isRight =
                switch position - versionStart {
                case 0: byte == UInt8(ascii: "H")
                case 1, 2: byte == UInt8(ascii: "T")
                case 3: byte == UInt8(ascii: "P")
                case 4: byte == ASCII.slash
                case 6: byte == UInt8(ascii: ".")
                default: ASCII.isDigit(byte)
                }
            guard isRight else { return .badVersion }
            position += 1
            if position - versionStart == 8 {
                guard bytes[versionStart + 5] == UInt8(ascii: "1") else { return .unsupportedVersion }
                head.isHTTP10 = byte == UInt8(ascii: "0")
                phase = .end
                return nil
            }
        }
        return nil
    }
}
