// SPDX-License-Identifier: Apache-2.0

/// Questions about bytes. The classes are sets kept as two 64-bit masks each, so that a test is a shift and nothing is
/// loaded from memory or bounds-checked.
package enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let comma: UInt8 = 0x2C
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B

    /// `tchar` of RFC 9110 §5.6.2: what methods, field names and codings are made of.
    @inline(__always)
    package static func isToken(_ byte: UInt8) -> Bool {
        isMember(byte, low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
    }

    /// What Curlew takes in a request target: every visible character but `#`, since a fragment is never sent
    /// (RFC 9110 §7.1). Wider than RFC 3986, because browsers send `|`, `{` and `"` and backends expect them unchanged.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool {
        isMember(byte, low: 0xffff_fff6_0000_0000, high: 0x7fff_ffff_ffff_ffff)
    }

    /// `unreserved` of RFC 3986 §2.3.
    @inline(__always)
    static func isHostName(_ byte: UInt8) -> Bool {
        isMember(byte, low: 0x03ff_6000_0000_0000, high: 0x47ff_fffe_87ff_fffe)
    }

    /// What a field value may hold: VCHAR, obs-text, SP and HTAB (RFC 9110 §5.5).
    @inline(__always)
    package static func isFieldValue(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte != 0x7F) || byte == tab
    }

    /// Optional whitespace, `OWS` of RFC 9110 §5.6.3.
    @inline(__always)
    package static func isSpace(_ byte: UInt8) -> Bool {
        byte == space || byte == tab
    }

    /// `0` to `9`.
    @inline(__always)
    package static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    /// A letter of either case, or a digit.
    @inline(__always)
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- 0x61 < 26
    }

    /// The value of a hexadecimal digit of either case, or `nil`.
    @inline(__always)
    package static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : nil
    }

    /// `A` to `Z` made small, any other byte unchanged.
    @inline(__always)
    package static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// Whether `range` of `bytes` says `lowercase`, which is written in small letters, in any mixture of case.
    package static func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, ignoringCase lowercase: [UInt8]) -> Bool {
        guard range.count == lowercase.count else { return false }
        for offset in 0..<lowercase.count where lowercased(bytes[range.lowerBound + offset]) != lowercase[offset] {
            return false
        }
        return true
    }

    /// Whether `one` and `other` say the same in any mixture of case.
    package static func equals(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where lowercased(one[index]) != lowercased(other[index]) { return false }
        return true
    }

    /// `range` without the optional whitespace at its ends.
    static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, isSpace(bytes[start]) { start += 1 }
        while end > start, isSpace(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    /// The first index from `start` on whose byte may not stand in a token, or the end of `bytes`.
    ///
    /// It looks at 8 bytes at a time. Digits and the rarer token characters only make it slower.
    @inline(__always)
    static func endOfToken(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while bytes.count &- index >= 8 {
            let others = neitherLetterNorHyphen(word(bytes, at: index))
            index &+= others == 0 ? 8 : others.trailingZeroBitCount / 8
            if others != 0 { break }
        }
        while index < bytes.count, isToken(bytes[index]) { index &+= 1 }
        return index
    }

    /// The first index from `start` on whose byte may not stand in a field value, or the end of `bytes`.
    ///
    /// It looks at 8 bytes at a time. A tab, which is allowed, only makes it slower.
    @inline(__always)
    static func endOfFieldValue(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            while bytes.count &- index >= 8 {
                let controls = controls(word(bytes, at: index))
                index &+= controls == 0 ? 8 : controls.trailingZeroBitCount / 8
                if controls != 0 { break }
            }
            while index < bytes.count, bytes[index] >= 0x20, bytes[index] != 0x7F { index &+= 1 }
            guard index < bytes.count, bytes[index] == tab else { break }
            index &+= 1
        }
        return index
    }

    /// Whether `token` says `lowercase`, a name of small letters, digits and hyphens that is as long, in any mixture of case.
    ///
    /// Setting bit 5 makes a letter small and leaves hyphens and digits alone; among token characters nothing else becomes one
    /// of these by it, so the comparison is exact.
    @inline(__always)
    static func spells(_ token: Span<UInt8>, _ lowercase: Span<UInt8>) -> Bool {
        let count = token.count
        guard count == lowercase.count else { return false }
        guard count >= 8 else {
            var difference: UInt8 = 0
            for index in 0..<count { difference |= (token[index] | 0x20) ^ lowercase[index] }
            return difference == 0
        }
        // The last word overlaps the one before.
        var difference = (word(token, at: count &- 8) | ones &* 0x20) ^ word(lowercase, at: count &- 8)
        var index = 0
        while index &+ 8 < count {
            difference |= (word(token, at: index) | ones &* 0x20) ^ word(lowercase, at: index)
            index &+= 8
        }
        return difference == 0
    }

    /// `HTTP/1.1` as ``word(_:at:)`` has it.
    static let http11: UInt64 = 0x312E_312F_5054_5448

    /// The 8 bytes at `index` as one word, the first in the lowest byte; the compiler makes a single load of it.
    @inline(__always)
    static func word(_ bytes: Span<UInt8>, at index: Int) -> UInt64 {
        let eight = bytes.extracting(index..<index &+ 8)
        let low = UInt64(eight[0]) | UInt64(eight[1]) << 8 | UInt64(eight[2]) << 16 | UInt64(eight[3]) << 24
        let high = UInt64(eight[4]) | UInt64(eight[5]) << 8 | UInt64(eight[6]) << 16 | UInt64(eight[7]) << 24
        return low | high << 32
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The lowest bit that is set is in the first of 8 bytes that is a control byte, 0x00 to 0x1F or 0x7F; none where none is.
    @inline(__always)
    private static func controls(_ word: UInt64) -> UInt64 {
        let delete = word ^ (ones &* 0x7F)
        let below = (word &- ones &* 0x20) & ~word
        return (below | ((delete &- ones) & ~delete)) & (ones &* 0x80)
    }

    /// Has the highest bit of each of 8 bytes that is neither a letter nor a hyphen.
    @inline(__always)
    private static func neitherLetterNorHyphen(_ word: UInt64) -> UInt64 {
        // Of seven bits each, so that no sum runs over into the next byte.
        let small = (word | ones &* 0x20) & (ones &* 0x7F)
        let hyphen = (word ^ ones &* 0x2D) & (ones &* 0x7F)
        let letters = (small &+ ones &* 0x1F) & ~(small &+ ones &* 0x05)
        let hyphens = ~(hyphen &+ ones &* 0x7F)
        return (word | ~(letters | hyphens)) & (ones &* 0x80)
    }

    @inline(__always)
    private static func isMember(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        let mask = byte & 0x40 == 0 ? low : high
        return byte < 0x80 && (mask &>> UInt64(byte & 0x3F)) & 1 != 0
    }
}
