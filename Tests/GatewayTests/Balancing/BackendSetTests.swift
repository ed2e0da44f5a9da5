// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct BackendSetTests {
    @Test(arguments: [[0], [63], [64], [0, 1, 2], [63, 64, 65], [127, 128], [1, 500]])
    func holdsExactlyWhatWasInserted(indices: [Int]) {
        var set = BackendSet()
        #expect(set.isEmpty)
        for index in indices { set.insert(index) }
        #expect((0..<600).filter(set.contains) == indices)
        #expect(set.count == indices.count)
        #expect(!set.isEmpty)
    }

    @Test func insertingTwiceCountsOnce() {
        var set: BackendSet = [5, 70]
        set.insert(5)
        set.insert(70)
        #expect(set.count == 2)
    }

    @Test func removesOne() {
        var set: BackendSet = [3, 4, 100]
        set.remove(3)
        set.remove(100)
        set.remove(9)
        set.remove(1000)
        #expect(set == [4])
    }

    @Test func removeAllEmptiesInlineAndGrownWords() {
        var set: BackendSet = [1, 64, 200]
        set.removeAll()
        #expect(set.isEmpty)
        #expect((0..<256).allSatisfy { !set.contains($0) })
        set.insert(130)
        #expect(set.count == 1, "a word that was kept must not bring back what was removed")
    }

    @Test func equalityIgnoresMemoryThatWasKept() {
        var grown: BackendSet = [2, 90]
        grown.remove(90)
        #expect(grown == [2])
        #expect([2] == grown)
        #expect(grown != [3])
    }
}
