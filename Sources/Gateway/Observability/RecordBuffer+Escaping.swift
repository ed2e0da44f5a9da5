// SPDX-License-Identifier: Apache-2.0

/// Which bytes stand for themselves in a place of a record, and how the others are written.
struct Escaping: Sendable {
    /// The character that does not stand for itself, beside the backslash and the controls.
    private let special: UInt8
    /// Whether valid UTF-8 stands for itself, except for what ``isHarmful(_:)`` names.
    fileprivate let keepsUnicode: Bool
    /// `\u00NN` rather than `\xNN`.
    fileprivate let isJSON: Bool

    /// A client's word in a text record: printable ASCII without the space, which separates the words of a line.
    static let textWord = Escaping(special: UInt8(ascii: " "), keepsUnicode: false, isJSON: false)
    /// A sentence in a text record.
    static let textMessage = Escaping(special: UInt8(ascii: "\\"), keepsUnicode: true, isJSON: false)
    /// Between quotation marks in a text record.
    static let textQuoted = Escaping(special: UInt8(ascii: "\""), keepsUnicode: true, isJSON: false)
    /// Between the quotation marks of a JSON string (RFC 8259 section 7).
    static let json = Escaping(special: UInt8(ascii: "\""), keepsUnicode: true, isJSON: true)

    /// Whether a byte stands for itself: printable ASCII, neither backslash nor ``special``.
    @inline(__always)
    func keeps(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\") && byte != special
    }

    /// Whether each of eight bytes does. `(x - 0x01…01) & ~x & 0x80…80` is not zero exactly when a byte of `x` is zero,
    /// and likewise with 0x20 for a byte below that.
    @inline(__always)
    func keeps(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        func hasZero(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        let controls = (word &- ones &* 0x20) & ~word
        let others =
            hasZero(word ^ ones &* 0x7F) | hasZero(word ^ ones &* 0x5C) | hasZero(word ^ ones &* UInt64(special))
        return (word | controls | others) & (ones &* 0x80) == 0
    }

    /// Characters that a terminal or an editor obeys instead of showing: the C1 controls, line and paragraph
    /// separators, the byte order mark, and those that turn the direction of writing, which can make a line read as
    /// another.
    fileprivate static func isHarmful(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x80...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xE0000...0xE007F: true
        default: false
        }
    }
}

extension RecordBuffer {
    /// Appends bytes of any kind so that they can neither end their field nor the line, nor reach a terminal as a
    /// command.
    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>, as escaping: Escaping) {
        let done = appendPlain(bytes, as: escaping)
        if done < bytes.count { append(bytes.extracting(done..<bytes.count), behindPlain: escaping) }
    }

    /// The first of `bytes` does not stand for itself.
    private mutating func append(_ bytes: Span<UInt8>, behindPlain escaping: Escaping) {
        var done = 0
        while done < bytes.count {
            done += appendSpecial(bytes.extracting(done..<bytes.count), as: escaping)
            done += appendPlain(bytes.extracting(done..<bytes.count), as: escaping)
        }
    }

    mutating func append(_ text: String, as escaping: Escaping) {
        append(text.utf8.span, as: escaping)
    }

    /// Appends the first character of `bytes`, which is not plain.
    ///
    /// - Returns: How many bytes it had.
    private mutating func appendSpecial(_ bytes: Span<UInt8>, as escaping: Escaping) -> Int {
        let byte = bytes[0]
        if byte < 128 {
            append(escaped: byte, as: escaping)
            return 1
        }
        guard escaping.keepsUnicode, let scalar = UTF8Scalar(startOf: bytes) else {
            append(escaped: byte, as: escaping)
            return 1
        }
        if !Escaping.isHarmful(scalar.value) {
            append(bytes.extracting(first: scalar.length))
        } else if escaping.isJSON {
            append(codeUnits: scalar.value)
        } else {
            for index in 0..<scalar.length { append(escaped: bytes[index], as: escaping) }
        }
        return scalar.length
    }

    /// One byte as a backslash and what stands for it.
    private mutating func append(escaped byte: UInt8, as escaping: Escaping) {
        switch (byte, escaping.isJSON) {
        case (UInt8(ascii: "\\"), _): append("\\\\")
        case (UInt8(ascii: "\""), _): append("\\\"")
        case (0x0A, true): append("\\n")
        case (0x0D, true): append("\\r")
        case (0x09, true): append("\\t")
        case (_, true):
            append("\\u00")
            append(hex: UInt32(byte), digits: 2)
        case (_, false):
            append("\\x")
            append(hex: UInt32(byte), digits: 2)
        }
    }

    /// A scalar as `\uNNNN`, twice for one beyond the first plane (RFC 8259 section 7).
    private mutating func append(codeUnits scalar: UInt32) {
        guard scalar > 0xFFFF else {
            append("\\u")
            return append(hex: scalar, digits: 4)
        }
        append("\\u")
        append(hex: 0xD800 + (scalar - 0x10000) >> 10, digits: 4)
        append("\\u")
        append(hex: 0xDC00 + (scalar - 0x10000) & 0x3FF, digits: 4)
    }

    private mutating func append(hex number: UInt32, digits: Int) {
        for place in (0..<UInt32(digits)).reversed() {
            let digit = UInt8(truncatingIfNeeded: number >> (place * 4) & 15)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

/// The character at the start of some bytes, if they are UTF-8 (RFC 3629): no overlong form, no surrogate.
struct UTF8Scalar: Equatable {
    var value: UInt32
    /// Its bytes: 1 ... 4.
    var length: Int

    init?(startOf bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return nil }
        let first = UInt32(bytes[0])
        let smallest: UInt32
        switch first {
        case 0x00...0x7F: (value, length, smallest) = (first, 1, 0)
        case 0xC2...0xDF: (value, length, smallest) = (first & 0x1F, 2, 0x80)
        case 0xE0...0xEF: (value, length, smallest) = (first & 0x0F, 3, 0x800)
        case 0xF0...0xF4: (value, length, smallest) = (first & 0x07, 4, 0x10000)
        default: return nil
        }
        guard bytes.count >= length else { return nil }
        for index in 1..<length {
            guard bytes[index] & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(bytes[index] & 0x3F)
        }
        guard value >= smallest, value <= 0x10FFFF, !(0xD800...0xDFFF).contains(value) else { return nil }
    }
}
