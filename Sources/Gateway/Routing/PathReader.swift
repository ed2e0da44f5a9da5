// SPDX-License-Identifier: Apache-2.0

/// Why a path is not taken where routes depend on paths: not everybody would read it alike.
enum PathProblem: Equatable, Sendable {
    /// A segment is `.` or `..`, perhaps escaped or with parameters behind it.
    case dotSegment
    /// A percent sign without two hexadecimal digits.
    case brokenEscape
    /// `%00`.
    case escapedNUL
    /// Read as it stands it goes by one route, and by another as lenient servers read it.
    case ambiguous

    var reason: String {
        switch self {
        case .dotSegment: "the path has a segment . or .., which must be resolved before it is sent"
        case .brokenEscape: "the path has a percent sign without two hexadecimal digits behind it"
        case .escapedNUL: "the path has an escaped NUL"
        case .ambiguous:
            "with its double slashes, escaped slashes, backslashes or semicolons the path could be taken for another one"
        }
    }
}

/// Reads paths as backends may read them, so that a route which protects a path cannot be got round by another spelling.
///
/// Backends differ: to some `%2F`, `\` or `//` is a slash and `;x` is a parameter that they leave out, to others each is
/// part of a name. So there are two readings, ``literal`` and ``lenient``. A backend that does only some of this reads
/// something between the two: its segments begin at least like those of the literal path, and at most like those of the
/// lenient one. If both go by the same route, so does everything between. That would not hold with dot segments,
/// which take others away, but clients resolve them before they ask (RFC 3986 §5.2.4), so they are refused.
///
/// One is used again and again and keeps its storage.
struct PathReader {
    enum Outcome: Equatable {
        /// The path is what it seems: nothing was copied.
        case plain
        /// ``literal`` is the path, and there is no other way to read it.
        case escaped
        /// ``literal`` and ``lenient`` are the path.
        case ambiguous
        case refused(PathProblem)
    }

    /// With what escapes stand for in their place, but for slashes, backslashes, semicolons and percent signs, which stay
    /// escaped.
    private(set) var literal: [UInt8] = []
    /// As above, but whatever may be a slash is one, several slashes are one, and parameters are left out.
    private(set) var lenient: [UInt8] = []

    /// Reads `path`, which has no query.
    mutating func read(_ path: Span<UInt8>) -> Outcome {
        PathReader.isPlain(path) ? .plain : readOdd(path)
    }

    /// Whether no byte of the path can mean anything but itself.
    private static func isPlain(_ path: Span<UInt8>) -> Bool {
        var isBehindSlash = false
        for index in 0..<path.count {
            switch path[index] {
            case ASCII.slash:
                if isBehindSlash { return false }
                isBehindSlash = true
            case UInt8(ascii: "."):
                if isBehindSlash { return false }
            case percent, backslash, ASCII.semicolon: return false
            default: isBehindSlash = false
            }
        }
        return true
    }

    private mutating func readOdd(_ path: Span<UInt8>) -> Outcome {
        literal.removeAll(keepingCapacity: true)
        lenient.removeAll(keepingCapacity: true)
        var isAmbiguous = false
        var isParameter = false
        /// Where the segment begins in ``lenient``.
        var segment = 0
        var index = 0
        while index < path.count {
            guard let character = Character(path, at: index) else { return .refused(.brokenEscape) }
            let byte = character.byte
            if character.isEscaped && byte == 0 { return .refused(.escapedNUL) }
            index += character.length
            PathReader.append(character, to: &literal)
            switch byte {
            case ASCII.slash, PathReader.backslash:
                if character.isEscaped || byte == PathReader.backslash { isAmbiguous = true }
                if isDots(from: segment) { return .refused(.dotSegment) }
                isParameter = false
                if lenient.last == ASCII.slash { isAmbiguous = true } else { lenient.append(ASCII.slash) }
                segment = lenient.count
            case ASCII.semicolon:
                isAmbiguous = true
                isParameter = true
            default:
                if !isParameter { PathReader.append(character, to: &lenient) }
            }
        }
        if isDots(from: segment) { return .refused(.dotSegment) }
        return isAmbiguous ? .ambiguous : .escaped
    }

    private static func append(_ character: Character, to path: inout [UInt8]) {
        guard character.staysEscaped else { return path.append(character.byte) }
        path.append(percent)
        path.append(character.highDigit)
        path.append(character.lowDigit)
    }

    /// What follows `start` in ``lenient`` is `.` or `..`.
    private func isDots(from start: Int) -> Bool {
        let count = lenient.count - start
        guard count == 1 || count == 2 else { return false }
        return lenient[start] == PathReader.dot && lenient[lenient.count - 1] == PathReader.dot
    }

    private static let percent = UInt8(ascii: "%")
    private static let backslash = UInt8(ascii: "\\")
    private static let dot = UInt8(ascii: ".")

    /// A byte of a path, or three that stand for one.
    struct Character {
        let byte: UInt8
        let isEscaped: Bool

        /// `nil` where a percent sign has no two hexadecimal digits behind it.
        init?(_ path: Span<UInt8>, at index: Int) {
            isEscaped = path[index] == PathReader.percent
            guard isEscaped else {
                byte = path[index]
                return
            }
            guard index + 2 < path.count, let high = ASCII.hexValue(path[index + 1]),
                let low = ASCII.hexValue(path[index + 2])
            else { return nil }
            byte = high << 4 | low
        }

        /// Bytes in the path.
        var length: Int { isEscaped ? 3 : 1 }

        /// It would mean something else if it were not escaped.
        var staysEscaped: Bool {
            guard isEscaped else { return false }
            return switch byte {
            case ASCII.slash, PathReader.backslash, ASCII.semicolon, PathReader.percent: true
            default: false
            }
        }

        /// Of the escape, in capitals.
        var highDigit: UInt8 { digit(byte >> 4) }
        var lowDigit: UInt8 { digit(byte & 15) }

        private func digit(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x37 }
    }
}
