// SPDX-License-Identifier: Apache-2.0

/// Finds the data in a chunked body (RFC 9112 §7.1), read strictly: sizes are hexadecimal digits, every line ends in
/// CRLF, extensions are bounded and dropped, trailers are validated.
///
/// It copies no data: the caller takes the stretches that it names from its own buffer. What it says of a byte does not
/// depend on how the bytes were cut into calls, except that a chunk cut in two is reported in two stretches.
package struct ChunkedDecoder {
    private enum Phase {
        case size, spaceAfterSize, extensions, sizeLineFeed
        case data, dataReturn, dataLineFeed
        case trailers, finalLineFeed, end
        case failed(ParseError)
    }

    private let limits: HTTPLimits
    private var phase = Phase.size
    private var digits = 0
    /// The size while it is read, then what is still to come of the data.
    private var remaining: UInt64 = 0
    private var extensionBytes = 0

    /// The trailer section as it was sent, without the blank line where it has no fields: what ``trailers`` points into.
    package private(set) var trailerBytes: [UInt8] = []
    /// The trailer fields, to be read after `end`; their offsets are into ``trailerBytes``. Holds no storage for the
    /// nearly all bodies that have none.
    package private(set) var trailers: [HeaderField] = []
    private var trailerScanner: FieldScanner

    /// A decoder at the start of a body.
    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        trailerScanner = FieldScanner(start: 0, table: .shared)
    }

    /// Makes ready for another body.
    package mutating func reset() {
        phase = .size
        digits = 0
        remaining = 0
        extensionBytes = 0
        // Rare, and as large as a client likes: not worth to be held for the next.
        trailerBytes.removeAll()
        trailers.removeAll()
        trailerScanner.restart(at: 0)
    }

    /// The end has come.
    package var isComplete: Bool {
        if case .end = phase { true } else { false }
    }

    /// Goes on with `input`, which must begin with the byte after those that the last event accounted for.
    ///
    /// After `end` it says `end` with nothing consumed, after `invalid` the same error again.
    package mutating func next(_ input: Span<UInt8>) -> ChunkEvent {
        var index = 0
        while index < input.count {
            switch phase {
            case .data:
                let length = Int(min(remaining, UInt64(input.count - index)))
                remaining -= UInt64(length)
                if remaining == 0 { phase = .dataReturn }
                return .data(skip: index, length: length)
            case .trailers where !trailerBytes.isEmpty || input[index] != ASCII.carriageReturn:
                return readTrailers(input, from: index)
            case .end:
                return .end(consumed: index)
            case .failed(let error):
                return .invalid(error)
            default:
                if let error = step(input[index]) {
                    phase = .failed(error)
                    return .invalid(error)
                }
                index += 1
            }
        }
        switch phase {
        case .end: return .end(consumed: index)
        case .failed(let error): return .invalid(error)
        default: return .needMore(consumed: index)
        }
    }

    /// Takes one byte of framing.
    private mutating func step(_ byte: UInt8) -> ParseError? {
        switch phase {
        case .size: return readSize(byte)
        case .spaceAfterSize, .extensions: return readExtensions(byte)
        case .sizeLineFeed:
            return expect(byte, ASCII.lineFeed, then: remaining == 0 ? .trailers : .data, else: .bareCarriageReturn)
        case .dataReturn: return expect(byte, ASCII.carriageReturn, then: .dataLineFeed, else: .badChunkEnd)
        case .dataLineFeed:
            digits = 0
            return expect(byte, ASCII.lineFeed, then: .size, else: .badChunkEnd)
        case .trailers: return expect(byte, ASCII.carriageReturn, then: .finalLineFeed, else: .missingColon)
        case .finalLineFeed: return expect(byte, ASCII.lineFeed, then: .end, else: .bareCarriageReturn)
        case .data, .end, .failed: return nil
        }
    }

    private mutating func readSize(_ byte: UInt8) -> ParseError? {
        if let value = ASCII.hexValue(byte) {
            digits += 1
            // 16 digits fill 64 bits; leading zeros count, or a size line could go on for ever.
            guard digits <= 16 else { return .chunkSizeTooLarge }
            remaining = remaining << 4 | UInt64(value)
            return remaining > UInt64(Int64.max) ? .chunkSizeTooLarge : nil
        }
        guard digits > 0 else { return .badChunkSize }
        switch byte {
        case ASCII.carriageReturn: phase = .sizeLineFeed
        case ASCII.semicolon, ASCII.space, ASCII.tab:
            phase = .spaceAfterSize
            return readExtensions(byte)
        case ASCII.lineFeed: return .bareLineFeed
        default: return .badChunkSize
        }
        return nil
    }

    /// Whitespace may stand between size and `;` (RFC 9112 §7.1.1 has recipients take it), but not size and whitespace
    /// alone. Inside extensions quoted strings need no care, since they too may hold neither CR nor LF.
    private mutating func readExtensions(_ byte: UInt8) -> ParseError? {
        if case .spaceAfterSize = phase {
            guard ASCII.isSpace(byte) || byte == ASCII.semicolon else { return .badChunkSize }
            if byte == ASCII.semicolon { phase = .extensions }
        } else if byte == ASCII.carriageReturn {
            phase = .sizeLineFeed
            return nil
        } else if !ASCII.isFieldValue(byte) {
            return byte == ASCII.lineFeed ? .bareLineFeed : .badChunkExtension
        }
        extensionBytes += 1
        return extensionBytes > limits.chunkExtensionBytes ? .chunkExtensionsTooLong : nil
    }

    private mutating func expect(
        _ byte: UInt8,
        _ wanted: UInt8,
        then next: Phase,
        else error: ParseError
    ) -> ParseError? {
        guard byte == wanted else { return byte == ASCII.lineFeed ? .bareLineFeed : error }
        phase = next
        return nil
    }

    /// Gathers the trailer section, which is short and rare, so that its fields can be handed out whole.
    private mutating func readTrailers(_ input: Span<UInt8>, from start: Int) -> ChunkEvent {
        let before = trailerBytes.count
        let taken = min(input.count - start, limits.trailerBytes - before)
        for index in start..<start + taken { trailerBytes.append(input[index]) }
        let gathered = trailerBytes
        switch trailerScanner.scan(gathered.span, into: &trailers, maximum: limits.trailerCount) {
        case .needMore where start + taken < input.count:
            return fail(.headTooLarge)
        case .needMore:
            return .needMore(consumed: input.count)
        case .invalid(let error):
            return fail(error)
        case .complete:
            // What was gathered beyond the blank line belongs to the next message.
            trailerBytes.removeLast(trailerBytes.count - trailerScanner.position)
            for field in trailers {
                if let error = field.known.errorInTrailers { return fail(error) }
            }
            phase = .end
            return .end(consumed: start + trailerScanner.position - before)
        }
    }

    private mutating func fail(_ error: ParseError) -> ChunkEvent {
        phase = .failed(error)
        return .invalid(error)
    }
}
