// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct FreeListTests {
    private func list(of count: Int, keeping most: Int = 100) -> FreeList<Int> {
        var list = FreeList<Int>(keeping: most)
        for number in 0..<count { list.give(number) }
        return list
    }

    @Test func whatWasUsedLastIsUsedNextAndNoMoreAreKeptThanMay() {
        var list = list(of: 5, keeping: 3)
        #expect([list.take(), list.take(), list.take(), list.take()] == [2, 1, 0, nil])
    }

    @Test func whatABurstHasNeededIsLetGoOfWhenNobodyNeedsItAnyMore() {
        var list = list(of: 100)
        // It was all needed a moment ago.
        #expect(list.trim() == 0)
        #expect(list.isLarge)
        for _ in 0..<30 { _ = list.take() }
        for number in 0..<30 { list.give(number) }
        // 70 were not touched since, of which all may go.
        #expect(list.trim() == 70)
        #expect(list.trim() == 30 - FreeList<Int>.least)
        #expect(!list.isLarge)
        #expect(list.trim() == 0)
    }

    @Test func whatIsNeededAgainAndAgainStays() {
        var list = list(of: 50)
        for _ in 0..<10 {
            for _ in 0..<50 { #expect(list.take() != nil) }
            for number in 0..<50 { list.give(number) }
            #expect(list.trim() == 0)
        }
    }
}
