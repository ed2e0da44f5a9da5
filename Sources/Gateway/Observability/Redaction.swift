// SPDX-License-Identifier: Apache-2.0

/// Puts `***` in place of what ``LogRedaction`` names in the query of a request target or a URL.
///
/// A backend reads a parameter's name without its percent-encoding, so the names are compared like that: `tok%65n` hides
/// nothing from it, and must not from this.
struct Redaction: Sendable {
    private enum Scope: Sendable {
        case nothing, all
        case parameters([[UInt8]])
    }

    private let scope: Scope
    /// The latest result. Its memory is used again.
    private(set) var result: [UInt8] = []
    private static let stars = Array("***".utf8)

    init(_ query: LogRedaction.Query) {
        switch query {
        case .nothing: scope = .nothing
        case .all: scope = .all
        case .parameters(let names): scope = .parameters(names.map { Array($0.lowercased().utf8) })
        }
    }

    /// Whether it changes anything.
    var isNeeded: Bool {
        if case .nothing = scope { false } else { true }
    }

    /// Leaves `target` in ``result``, redacted.
    mutating func apply(_ target: Span<UInt8>) {
        result.removeAll(keepingCapacity: true)
        var index = 0
        while index < target.count, target[index] != UInt8(ascii: "?") { index += 1 }
        let hasQuery = index < target.count
        append(target, 0..<(hasQuery ? index + 1 : index))
        guard hasQuery else { return }
        switch scope {
        case .nothing: append(target, index + 1..<target.count)
        case .all: if index + 1 < target.count { result += Redaction.stars }
        case .parameters(let names): parameters(target, from: index + 1, hiding: names)
        }
    }

    private mutating func parameters(_ bytes: Span<UInt8>, from start: Int, hiding names: [[UInt8]]) {
        var start = start
        while start <= bytes.count {
            var end = start
            var equals = -1
            while end < bytes.count, bytes[end] != UInt8(ascii: "&"), bytes[end] != UInt8(ascii: ";") {
                if equals < 0, bytes[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if equals >= 0, names.contains(where: { Redaction.isName(bytes, start..<equals, $0) }) {
                append(bytes, start..<equals + 1)
                result += Redaction.stars
            } else {
                append(bytes, start..<end)
            }
            if end < bytes.count { result.append(bytes[end]) }
            start = end + 1
        }
    }

    private mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        for index in range { result.append(bytes[index]) }
    }

    /// Whether the encoded name in `range` is `name`, which is in small letters.
    private static func isName(_ bytes: Span<UInt8>, _ range: Range<Int>, _ name: [UInt8]) -> Bool {
        var index = range.lowerBound
        var place = 0
        while index < range.upperBound {
            var byte = bytes[index]
            var length = 1
            if byte == UInt8(ascii: "%"), index + 2 < range.upperBound, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                byte = high << 4 | low
                length = 3
            } else if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            }
            if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { byte |= 0x20 }
            guard place < name.count, byte == name[place] else { return false }
            place += 1
            index += length
        }
        return place == name.count
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
