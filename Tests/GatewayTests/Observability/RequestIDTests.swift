// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

struct RequestIDTests {
    private func text(_ id: RequestID) -> String {
        let hex = id.hex
        return String(decoding: hex.indices.map { hex[$0] }, as: UTF8.self)
    }

    @Test func anIDIsThirtyTwoLowerCaseHexDigits() {
        #expect(text(RequestID(high: 0x0123_4567_89AB_CDEF, low: 0xF)) == "0123456789abcdef000000000000000f")
        #expect(
            text(RequestID(high: .max, low: 0)) == String(repeating: "f", count: 16) + String(repeating: "0", count: 16)
        )
    }

    /// The first outputs of the reference implementation of xoshiro256** for the state 1, 2, 3, 4.
    @Test func theGeneratorIsTheOneItSaysItIs() {
        var generator = RequestIDGenerator(seed: (1, 2, 3, 4))
        #expect(generator.next() == RequestID(high: 11520, low: 0))
        #expect(generator.next() == RequestID(high: 1_509_978_240, low: 1_215_971_899_390_074_240))
    }

    @Test func theSameSeedGivesTheSameIDsAndAnotherSeedGivesOthers() {
        var one = RequestIDGenerator(seed: (5, 6, 7, 8))
        var same = RequestIDGenerator(seed: (5, 6, 7, 8))
        var other = RequestIDGenerator(seed: (9, 10, 11, 12))
        let ids = (0..<100).map { _ in one.next() }
        #expect(ids == (0..<100).map { _ in same.next() })
        #expect(Set(ids).isDisjoint(with: (0..<100).map { _ in other.next() }))
    }

    @Test func generatorsOfTheSystemDoNotRepeatThemselves() {
        var ids = Set<RequestID>()
        for _ in 0..<10 {
            var generator = RequestIDGenerator()
            for _ in 0..<1000 { ids.insert(generator.next()) }
        }
        #expect(ids.count == 10_000)
    }

    @Test func aSeedOfZerosIsNotATrap() {
        var generator = RequestIDGenerator(seed: (0, 0, 0, 0))
        #expect(Set((0..<100).map { _ in generator.next() }).count == 100)
    }
}
