// SPDX-License-Identifier: Apache-2.0

extension ASCII {
    /// Appends `value` in decimal. `output` must have room for 20 bytes, which is always enough.
    package static func appendDecimal(_ value: UInt64, to output: inout OutputSpan<UInt8>) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            output.append(UInt8(truncatingIfNeeded: value / divisor % 10) + 0x30)
            divisor /= 10
        }
    }

    /// Appends `value` in small hexadecimal digits without leading zeros, as a chunk size is written (RFC 9112 §7.1).
    /// `output` must have room for 16 bytes, which is always enough.
    package static func appendHex(_ value: UInt64, to output: inout OutputSpan<UInt8>) {
        var shift = max(0, (63 - value.leadingZeroBitCount) & ~3)
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0xF
            output.append(digit < 10 ? digit + 0x30 : digit + 0x57)
            shift -= 4
        }
    }

    /// The number that `range` of `bytes` writes in decimal digits alone, or `nil` when it is empty, holds anything
    /// else, has more than 19 digits or exceeds `Int64.max`.
    package static func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        guard !range.isEmpty, range.count <= 19 else { return nil }
        // 19 nines fit in 64 unsigned bits, so the sum below cannot overflow.
        var value: UInt64 = 0
        for index in range {
            guard isDigit(bytes[index]) else { return nil }
            value = value &* 10 &+ UInt64(bytes[index] & 0xF)
        }
        return value <= UInt64(Int64.max) ? value : nil
    }
}
