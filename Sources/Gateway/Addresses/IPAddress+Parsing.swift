// SPDX-License-Identifier: Apache-2.0

extension IPAddress {
    /// Reads the whole of `text`, or is `nil` if it is anything but an address in the usual form: four decimal numbers
    /// without leading zeros, or an IPv6 address without brackets and zone (RFC 3986 §3.2.2).
    package init?(_ text: Span<UInt8>) {
        if let number = IPAddress.ipv4(text) {
            self.init(ipv4: number)
        } else if let address = IPAddress.ipv6(text) {
            self = address
        } else {
            return nil
        }
    }

    /// The same for a string.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.span)
    }

    private static func ipv4(_ text: Span<UInt8>) -> UInt32? {
        guard (7...15).contains(text.count) else { return nil }
        var address: UInt32 = 0
        var index = 0
        for part in 0..<4 {
            if part > 0 {
                guard index < text.count, text[index] == UInt8(ascii: ".") else { return nil }
                index += 1
            }
            let start = index
            var number: UInt32 = 0
            while index < text.count, index - start < 3, text[index] &- 0x30 < 10 {
                number = number * 10 + UInt32(text[index] & 0xF)
                index += 1
            }
            // A leading zero means octal to some readers.
            guard index > start, number < 256, index - start == 1 || text[start] != 0x30 else { return nil }
            address = address << 8 | number
        }
        return index == text.count ? address : nil
    }

    /// The groups before `::` and those behind it, or all eight.
    private struct Groups {
        var values = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        /// How many of them stood before `::`.
        var gap: Int?

        mutating func append(_ value: UInt16) -> Bool {
            guard count < 8 else { return false }
            values[count] = value
            count += 1
            return true
        }

        var address: IPAddress? {
            guard gap == nil ? count == 8 : count <= 7 else { return nil }
            let before = gap ?? count
            var halves = InlineArray<2, UInt64>(repeating: 0)
            for index in 0..<count {
                let place = index < before ? index : 8 - count + index
                halves[place / 4] |= UInt64(values[index]) << UInt64((3 - place % 4) * 16)
            }
            return IPAddress(high: halves[0], low: halves[1])
        }
    }

    private static func ipv6(_ text: Span<UInt8>) -> IPAddress? {
        guard (2...45).contains(text.count) else { return nil }
        let colon = UInt8(ascii: ":")
        var groups = Groups()
        var index = 0
        if text[0] == colon {
            guard text[1] == colon else { return nil }
            groups.gap = 0
            index = 2
        }
        while index < text.count {
            let start = index
            var value: UInt16 = 0
            while index < text.count, index - start < 4, let digit = hexValue(text[index]) {
                value = value << 4 | UInt16(digit)
                index += 1
            }
            guard index > start else { return nil }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard let tail = ipv4(text.extracting(start..<text.count)),
                    groups.append(UInt16(tail >> 16)), groups.append(UInt16(truncatingIfNeeded: tail))
                else { return nil }
                break
            }
            guard groups.append(value) else { return nil }
            if index == text.count { break }
            guard text[index] == colon, index + 1 < text.count else { return nil }
            index += 1
            if text[index] == colon {
                guard groups.gap == nil else { return nil }
                groups.gap = groups.count
                index += 1
            }
        }
        return groups.address
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte & 0xF }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}
