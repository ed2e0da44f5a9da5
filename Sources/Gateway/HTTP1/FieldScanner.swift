// SPDX-License-Identifier: Apache-2.0

/// Reads field lines up to and with the blank line that ends them: the header of a request, the trailers of a chunked
/// body, the header of a response.
///
/// Each byte is looked at once. Whatever it finds depends only on the bytes so far, not on how they were cut into reads.
struct FieldScanner {
    private enum Phase: UInt8 {
        case lineStart, name, leadingSpace, value, lineFeed, finalLineFeed, done
    }

    /// The next byte to look at.
    private(set) var position: Int
    private var phase = Phase.lineStart
    private var nameStart = 0
    private var nameEnd = 0
    private var valueStart = 0
    private var valueEnd = 0
    /// Where the bytes begin among those that the fields point into.
    private var origin = 0
    private let table: KnownHeaderTable

    init(start: Int, table: KnownHeaderTable) {
        position = start
        self.table = table
    }

    /// Begins a new section at `start`.
    mutating func restart(at start: Int) {
        position = start
        phase = .lineStart
    }

    /// Begins a line that is given by itself. It stands at `origin` among the bytes that its field will point into.
    mutating func beginLine(at origin: Int) {
        restart(at: 0)
        self.origin = origin
    }

    /// Whether it stands between two lines.
    var isAtLineStart: Bool {
        phase == .lineStart
    }

    /// Goes on where it stopped. Appends a field for each complete line; one more than `maximum` fields is an error.
    mutating func scan(_ bytes: Span<UInt8>, into fields: inout [HeaderField], maximum: Int) -> ParseOutcome {
        while position < bytes.count, phase != .done {
            if let error = scanLine(bytes, &fields, maximum) { return .invalid(error) }
        }
        return phase == .done ? .complete : .needMore
    }

    /// Goes on to the end of a line, or as far as there are bytes.
    @inline(__always)
    private mutating func scanLine(_ bytes: Span<UInt8>, _ fields: inout [HeaderField], _ maximum: Int) -> ParseError? {
        // Each of these does one part of a line, in this order, so that a line that is there as a whole is read at one go.
        if phase == .lineStart, let error = startLine(bytes[position], hasRoom: fields.count < maximum) { return error }
        if phase == .name, let error = scanName(bytes) { return error }
        if phase == .leadingSpace { skipSpace(bytes) }
        if phase == .value, let error = scanValue(bytes) { return error }
        guard position < bytes.count else { return nil }
        switch phase {
        case .lineFeed: return endLine(bytes, &fields)
        case .finalLineFeed: return endSection(bytes[position])
        default: return nil
        }
    }

    @inline(__always)
    private mutating func startLine(_ byte: UInt8, hasRoom: Bool) -> ParseError? {
        if ASCII.isToken(byte) {
            guard hasRoom else { return .tooManyFields }
            nameStart = position
            phase = .name
            return nil
        }
        switch byte {
        case ASCII.carriageReturn:
            phase = .finalLineFeed
            position += 1
            return nil
        case ASCII.lineFeed: return .bareLineFeed
        case ASCII.space, ASCII.tab: return .foldedLine
        case ASCII.colon: return .emptyFieldName
        default: return .badFieldName
        }
    }

    @inline(__always)
    private mutating func scanName(_ bytes: Span<UInt8>) -> ParseError? {
        let index = ASCII.endOfToken(bytes, from: position)
        position = index
        guard index < bytes.count else { return nil }
        switch bytes[index] {
        case ASCII.colon:
            nameEnd = index
            position = index + 1
            phase = .leadingSpace
            return nil
        case ASCII.space, ASCII.tab: return .spaceBeforeColon
        case ASCII.carriageReturn, ASCII.lineFeed: return .missingColon
        default: return .badFieldName
        }
    }

    @inline(__always)
    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        var index = position
        while index < bytes.count, ASCII.isSpace(bytes[index]) { index += 1 }
        position = index
        guard index < bytes.count else { return }
        valueStart = index
        phase = .value
    }

    @inline(__always)
    private mutating func scanValue(_ bytes: Span<UInt8>) -> ParseError? {
        let index = ASCII.endOfFieldValue(bytes, from: position)
        position = index
        guard index < bytes.count else { return nil }
        switch bytes[index] {
        case ASCII.carriageReturn:
            valueEnd = index
            position = index + 1
            phase = .lineFeed
            return nil
        case ASCII.lineFeed: return .bareLineFeed
        default: return .badFieldValue
        }
    }

    @inline(__always)
    private mutating func endLine(_ bytes: Span<UInt8>, _ fields: inout [HeaderField]) -> ParseError? {
        guard bytes[position] == ASCII.lineFeed else { return .bareCarriageReturn }
        position += 1
        phase = .lineStart
        var end = valueEnd
        while end > valueStart, ASCII.isSpace(bytes[end - 1]) { end -= 1 }
        fields.append(
            HeaderField(
                nameStart: UInt32(truncatingIfNeeded: origin &+ nameStart),
                nameLength: UInt32(truncatingIfNeeded: nameEnd - nameStart),
                valueStart: UInt32(truncatingIfNeeded: origin &+ valueStart),
                valueLength: UInt32(truncatingIfNeeded: end - valueStart),
                known: table.find(bytes, nameStart..<nameEnd)
            )
        )
        return nil
    }

    private mutating func endSection(_ byte: UInt8) -> ParseError? {
        guard byte == ASCII.lineFeed else { return .bareCarriageReturn }
        position += 1
        phase = .done
        return nil
    }
}
