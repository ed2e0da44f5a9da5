// SPDX-License-Identifier: Apache-2.0

/// The written form of IPv6 addresses (`IPv6address` of RFC 3986 §3.2.2).
enum IPv6Text {
    /// Whether `range` of `bytes` is an address, without brackets or zone.
    static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        let end = range.upperBound
        var groups = 0
        var isCompressed = false
        if index + 1 < end, bytes[index] == ASCII.colon, bytes[index + 1] == ASCII.colon {
            isCompressed = true
            index += 2
        }
        while index < end {
            let start = index
            while index < end, index - start < 4, ASCII.hexValue(bytes[index]) != nil { index += 1 }
            guard index > start else { return false }
            if index < end, bytes[index] == UInt8(ascii: ".") {
                guard isIPv4(bytes, start..<end) else { return false }
                groups += 2
                break
            }
            groups += 1
            if index == end { break }
            guard bytes[index] == ASCII.colon, index + 1 < end else { return false }
            index += 1
            if bytes[index] == ASCII.colon {
                guard !isCompressed else { return false }
                isCompressed = true
                index += 1
            }
        }
        return isCompressed ? groups <= 7 : groups == 8
    }

    /// Four decimal numbers up to 255 without leading zeros.
    private static func isIPv4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        for part in 0..<4 {
            if part > 0 {
                guard index < range.upperBound, bytes[index] == UInt8(ascii: ".") else { return false }
                index += 1
            }
            let start = index
            while index < range.upperBound, ASCII.isDigit(bytes[index]) { index += 1 }
            guard index - start <= 3, let value = ASCII.decimal(bytes, start..<index), value < 256 else { return false }
            guard index - start == 1 || bytes[start] != 0x30 else { return false }
        }
        return index == range.upperBound
    }
}
