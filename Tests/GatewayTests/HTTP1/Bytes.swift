// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

extension RandomAccessCollection<UInt8> {
    /// The bytes as text, each taken for its own Unicode scalar, so that any bytes can be compared and printed.
    var latin1: String {
        String(String.UnicodeScalarView(map { Unicode.Scalar($0) }))
    }
}

/// A generator whose whole sequence follows from its seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension [UInt8] {
    /// The same bytes with a few changed, removed, doubled or put in, mostly ones that matter to HTTP.
    func mutated(by generator: inout SeededGenerator) -> [UInt8] {
        let favourites = Array("\r\n\t :,;0159afAF\u{0}\u{7F}/*#[]@%chunked".utf8)
        var bytes = self
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let index = Int.random(in: 0...bytes.count, using: &generator)
            let byte = favourites.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<4, using: &generator) {
            case 0 where index < bytes.count: bytes[index] = byte
            case 1 where index < bytes.count: bytes.remove(at: index)
            case 2 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &generator)
            default: bytes.insert(byte, at: index)
            }
        }
        return bytes
    }
}
