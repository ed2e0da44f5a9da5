// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct SipHashTests {
    private func hash(_ bytes: [UInt8]) -> SipHash {
        var hash = SipHash(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
        hash.append(bytes.span)
        return hash
    }

    /// The 16 bytes as they are usually written.
    private func text(_ tag: SipHash.Tag) -> String {
        [tag.low, tag.high].map { word in
            (0..<8).map { index in
                let byte = UInt8(truncatingIfNeeded: word >> UInt64(index * 8))
                return (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
        }.joined()
    }

    /// What `openssl mac -macopt hexkey:000102…0F -macopt size:16 SIPHASH` says of the bytes 0, 1, 2 and so on.
    @Test(arguments: [
        (0, "a3817f04ba25a8e66df67214c7550293"),
        (1, "da87c1d86b99af44347659119b22fc45"),
        (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
        (16, "6ee2a4ca67b054bbfd3315bf85230577"),
    ]) func isTheHashOfItsAuthors(count: Int, expected: String) {
        #expect(text(hash((0..<count).map { UInt8($0) }).finish()) == expected)
    }

    @Test func wordsAreEightBytes() {
        var words = hash([])
        words.append(word: 0x0706_0504_0302_0100)
        words.append(word: 0x0f0e_0d0c_0b0a_0908)
        #expect(words.finish() == hash((0..<16).map { UInt8($0) }).finish())
    }

    @Test func everyKeyIsAnother() {
        #expect(SipHash.random().finish() != SipHash.random().finish())
    }
}
