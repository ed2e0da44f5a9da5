// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct StableHashTests {
    /// By the reference implementation (xxHash 0.8).
    @Test(arguments: [
        ("", 0xef46_db37_51d8_e999),
        ("a", 0xd24e_c4f1_a98c_6e5b),
        ("abc", 0x44bc_2cf5_ad77_0999),
    ])
    func isXXH64(text: String, hash: UInt64) {
        #expect(StableHash.hash(text) == hash)
    }

    /// Every length from 0 to 100, so that each part of the function is met: the hashes are hashed together.
    @Test func isXXH64AtEveryLength() {
        var all: [UInt8] = []
        for length in 0...100 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + length) }
            var hash = StableHash.hash(bytes.span)
            for _ in 0..<8 {
                all.append(UInt8(truncatingIfNeeded: hash))
                hash >>= 8
            }
        }
        #expect(StableHash.hash(all.span) == 0x121a_befb_4130_dc1c)
    }
}
