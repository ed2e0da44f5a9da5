// SPDX-License-Identifier: Apache-2.0

import Yams

/// Reads JSON, and nothing but JSON (RFC 8259), into what the reader of YAML takes.
///
/// YAML has all that JSON can say, but its parser does not take all that JSON may look like (`"\ud83d\ude00"`, a key on one
/// line and its value on the next), and takes much that is no JSON. Texts become scalars in single quotes, in which `${` is
/// what it looks like: a request names no variables.
struct JSONParser {
    /// What is wrong, and where: `place` counts bytes.
    struct SyntaxError: Error, Equatable {
        let message: String
        let place: Int
    }

    /// Objects and lists within each other. No request comes near.
    static let maximumDepth = 32

    private let bytes: [UInt8]
    private var place = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func parse(_ bytes: [UInt8]) throws(SyntaxError) -> Node {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw SyntaxError(message: "it is not UTF-8", place: 0)
        }
        var parser = JSONParser(bytes)
        parser.skipSpace()
        let node = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.place == bytes.count else { throw parser.unexpected("the end") }
        return node
    }

    private func unexpected(_ wanted: String) -> SyntaxError {
        let found = place < bytes.count ? "something else" : "the end"
        return SyntaxError(message: "expected \(wanted) but found \(found)", place: place)
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        place += 1
        return true
    }

    private mutating func value(depth: Int) throws(SyntaxError) -> Node {
        guard depth < Self.maximumDepth else { throw SyntaxError(message: "it is nested too deep", place: place) }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return text(try string())
        default: return try word()
        }
    }

    private func text(_ text: String) -> Node { .scalar(Node.Scalar(text, .implicit, .singleQuoted)) }

    private mutating func object(depth: Int) throws(SyntaxError) -> Node {
        place += 1
        var pairs: [(Node, Node)] = []
        skipSpace()
        if skip("}") { return .mapping(Node.Mapping([])) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw unexpected("a name in quotation marks") }
            let name = text(try string())
            skipSpace()
            guard skip(":") else { throw unexpected("a colon") }
            skipSpace()
            pairs.append((name, try value(depth: depth + 1)))
            skipSpace()
        } while skip(",")
        guard skip("}") else { throw unexpected("a comma or }") }
        return .mapping(Node.Mapping(pairs))
    }

    private mutating func list(depth: Int) throws(SyntaxError) -> Node {
        place += 1
        var items: [Node] = []
        skipSpace()
        if skip("]") { return .sequence(Node.Sequence([])) }
        repeat {
            skipSpace()
            items.append(try value(depth: depth + 1))
            skipSpace()
        } while skip(",")
        guard skip("]") else { throw unexpected("a comma or ]") }
        return .sequence(Node.Sequence(items))
    }

    /// A number, `true`, `false` or `null`.
    private mutating func word() throws(SyntaxError) -> Node {
        let start = place
        while let byte = next,
            "+-.".utf8.contains(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || isLetter(byte)
        {
            place += 1
        }
        let word = String(decoding: bytes[start..<place], as: UTF8.self)
        guard ["true", "false", "null"].contains(word) || word.wholeMatch(of: Self.number) != nil else {
            place = start
            throw unexpected("a value")
        }
        return .scalar(Node.Scalar(Self.wholeNumber(word) ?? word, .implicit, .plain))
    }

    /// `3` for `3.0` and `0.3e1`, which to JSON and its schemas are the same whole number; `nil` for what is none, or is
    /// written as one already. Every JSON parser holds those below 2^53 exactly.
    private static func wholeNumber(_ word: String) -> String? {
        guard word.contains(where: { ".eE".contains($0) }), let number = Double(word), abs(number) < 0x1p53,
            let whole = Int64(exactly: number)
        else { return nil }
        return "\(whole)"
    }

    private func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }

    private static var number: Regex<Substring> { /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/ }

    // MARK: Strings

    private mutating func string() throws(SyntaxError) -> String {
        place += 1
        var text: [UInt8] = []
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw SyntaxError(message: "a control character stands in a text", place: place - 1)
            default: text.append(byte)
            }
        }
        throw unexpected("a quotation mark")
    }

    private mutating func escape() throws(SyntaxError) -> [UInt8] {
        guard let byte = next else { throw unexpected("what is escaped") }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            let first = try codeUnit()
            if let scalar = Unicode.Scalar(first) { return Array(String(scalar).utf8) }
            // A pair of surrogates is one character; half of one is none.
            let isHigh = (0xD800..<0xDC00).contains(first)
            guard isHigh, skip("\\"), skip("u"), case let second = try codeUnit(), (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw SyntaxError(message: "an escape stands for half a character", place: place) }
            return Array(String(scalar).utf8)
        default: throw SyntaxError(message: "there is no such escape", place: place - 1)
        }
    }

    private mutating func codeUnit() throws(SyntaxError) -> UInt32 {
        guard place + 4 <= bytes.count else { throw unexpected("four hexadecimal digits") }
        var unit: UInt32 = 0
        for byte in bytes[place..<place + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw unexpected("four hexadecimal digits")
            }
            unit = unit << 4 | UInt32(digit)
        }
        place += 4
        return unit
    }
}
