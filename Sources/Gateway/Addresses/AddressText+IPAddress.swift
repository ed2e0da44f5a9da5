// SPDX-License-Identifier: Apache-2.0

extension AddressText {
    /// As a person writes it: an IPv4 address as four numbers, an IPv6 address as RFC 5952 §4 has it.
    package init(_ address: IPAddress) {
        self.init()
        guard !address.isIPv4 else {
            for part in 0..<4 {
                if part > 0 { append(UInt8(ascii: ".")) }
                append(decimal: UInt8(truncatingIfNeeded: address.low >> UInt64((3 - part) * 8)))
            }
            return
        }
        let gap = AddressText.longestRunOfZeros(in: address)
        var index = 0
        while index < 8 {
            if index == gap.lowerBound, !gap.isEmpty {
                append(UInt8(ascii: ":"))
                append(UInt8(ascii: ":"))
                index = gap.upperBound
                continue
            }
            if index > 0, index != gap.upperBound || gap.isEmpty { append(UInt8(ascii: ":")) }
            append(hex: address.group(index))
            index += 1
        }
    }

    /// The groups that `::` stands for: the longest run of at least two, the first among equals (RFC 5952 §4.2).
    private static func longestRunOfZeros(in address: IPAddress) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || address.group(index) != 0 {
            if index - start > max(1, best.count) { best = start..<index }
            start = index + 1
        }
        return best
    }

    private mutating func append(decimal number: UInt8) {
        if number >= 100 { append(UInt8(ascii: "0") + number / 100) }
        if number >= 10 { append(UInt8(ascii: "0") + number / 10 % 10) }
        append(UInt8(ascii: "0") + number % 10)
    }

    private mutating func append(hex number: UInt16) {
        var shift = max(0, (15 - number.leadingZeroBitCount) & ~3)
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt16(shift)) & 0xF
            append(digit < 10 ? digit + 0x30 : digit + 0x57)
            shift -= 4
        }
    }
}
