// SPDX-License-Identifier: Apache-2.0

/// Packs text as gzip (RFC 1952): one block of deflate with the fixed codes (RFC 1951 §3.2.6), and matches wherever the same
/// four bytes began a look before. Metrics are nearly the same line again and again: that makes a twelfth of them, in a
/// fraction of the time that a packer takes which looks harder.
struct Gzip {
    private var output: [UInt8]
    private var bits: UInt64 = 0
    private var bitCount: UInt64 = 0

    /// How far back a match may be, and how long (§3.2.5).
    private static let window = 32_768
    private static let longest = 258
    private static let shortest = 4
    private static let hashBits: UInt32 = 15

    static func pack(_ input: [UInt8]) -> [UInt8] {
        var packer = Gzip(output: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
        packer.output.reserveCapacity(input.count / 8 + 64)
        // The last block, with the fixed codes.
        packer.put(0b011, 3)
        packer.deflate(input.span)
        packer.put(Gzip.literals[256])
        // The check sum begins with a byte.
        if packer.bitCount > 0 { packer.put(0, 8 - packer.bitCount) }
        packer.append(CRC32.of(input.span))
        packer.append(UInt32(truncatingIfNeeded: input.count))
        return packer.output
    }

    private init(output: [UInt8]) {
        self.output = output
    }

    private mutating func deflate(_ input: Span<UInt8>) {
        var latest = [Int32](repeating: -1, count: 1 << Int(Gzip.hashBits))
        var position = 0
        while position < input.count {
            guard position + Gzip.shortest <= input.count else {
                put(Gzip.literals[Int(input[position])])
                position += 1
                continue
            }
            let word =
                UInt32(input[position]) | UInt32(input[position + 1]) << 8 | UInt32(input[position + 2]) << 16
                | UInt32(input[position + 3]) << 24
            let hash = Int((word &* 0x9E37_79B1) >> (32 - Gzip.hashBits))
            let candidate = Int(latest[hash])
            latest[hash] = Int32(truncatingIfNeeded: position)
            let length =
                candidate >= 0 && position - candidate <= Gzip.window ? Gzip.match(input, candidate, position) : 0
            if length >= Gzip.shortest {
                put(Gzip.lengths[length])
                put(Gzip.distance(position - candidate))
                position += length
            } else {
                put(Gzip.literals[Int(input[position])])
                position += 1
            }
        }
    }

    /// How many bytes are the same from both places on.
    private static func match(_ input: Span<UInt8>, _ first: Int, _ second: Int) -> Int {
        let most = min(longest, input.count - second)
        var length = 0
        while length < most, input[first + length] == input[second + length] { length += 1 }
        return length
    }

    // MARK: Bits

    /// Some bits, the first of them lowest.
    private struct Code {
        var bits: UInt64
        var count: UInt64
    }

    private mutating func put(_ bits: UInt64, _ count: UInt64) { put(Code(bits: bits, count: count)) }

    private mutating func put(_ code: Code) {
        bits |= code.bits << bitCount
        bitCount += code.count
        while bitCount >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }

    /// The last byte is filled up by then.
    private mutating func append(_ word: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { output.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    // MARK: Codes

    /// A Huffman code, which goes out with its highest bit first.
    private static func code(_ value: UInt64, _ count: UInt64) -> Code {
        var reversed: UInt64 = 0
        for bit in 0..<count where value >> bit & 1 == 1 { reversed |= 1 << (count - 1 - bit) }
        return Code(bits: reversed, count: count)
    }

    /// §3.2.6: literals, the end of a block, and the symbols of lengths.
    private static func symbol(_ symbol: Int) -> Code {
        let value = UInt64(symbol)
        return switch symbol {
        case 0...143: code(0x30 + value, 8)
        case 144...255: code(0x190 + value - 144, 9)
        case 256...279: code(value - 256, 7)
        default: code(0xC0 + value - 280, 8)
        }
    }

    private static let literals = (0...256).map(symbol)

    /// §3.2.5: for each length its symbol and the extra bits behind it.
    private static let lengths: [Code] = (0...258).map { length in
        if length < 3 { return Code(bits: 0, count: 0) }
        if length == 258 { return symbol(285) }
        let value = length - 3
        let extra = value < 8 ? 0 : Int.bitWidth - value.leadingZeroBitCount - 3
        let code = symbol(257 + 4 * extra + value >> extra)
        return Code(
            bits: code.bits | UInt64(value & ((1 << extra) - 1)) << code.count,
            count: code.count + UInt64(extra)
        )
    }

    /// §3.2.5: the symbol of a distance, which has five bits, and the extra bits behind it.
    private static func distance(_ distance: Int) -> Code {
        let value = distance - 1
        let extra = value < 4 ? 0 : Int.bitWidth - value.leadingZeroBitCount - 2
        let code = distances[2 * extra + value >> extra]
        return Code(
            bits: code.bits | UInt64(value & ((1 << extra) - 1)) << code.count,
            count: code.count + UInt64(extra)
        )
    }

    private static let distances = (0..<UInt64(30)).map { code($0, 5) }
}

/// The check sum of gzip (RFC 1952 §8), four bytes at a time.
enum CRC32 {
    static func of(_ input: Span<UInt8>) -> UInt32 {
        var sum: UInt32 = .max
        var position = 0
        while position + 4 <= input.count {
            sum ^=
                UInt32(input[position]) | UInt32(input[position + 1]) << 8 | UInt32(input[position + 2]) << 16
                | UInt32(input[position + 3]) << 24
            sum =
                tables[768 + Int(sum & 0xFF)] ^ tables[512 + Int(sum >> 8 & 0xFF)] ^ tables[256 + Int(sum >> 16 & 0xFF)]
                ^ tables[Int(sum >> 24)]
            position += 4
        }
        while position < input.count {
            sum = sum >> 8 ^ tables[Int((sum ^ UInt32(input[position])) & 0xFF)]
            position += 1
        }
        return ~sum
    }

    /// Four tables of 256: what a byte contributes with none to three bytes behind it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 1024)
        for byte in 0..<256 {
            var sum = UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
            tables[byte] = sum
        }
        for index in 256..<1024 {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()
}
