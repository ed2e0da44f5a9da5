// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

@Suite struct RateTableTests {
    private static let second: UInt64 = 1_000_000_000
    /// Ten at once, then one a second.
    private let rule = GCRA(requests: 1, period: second, burst: 10)

    private func allowed(_ table: RateTable, _ key: UInt64, times: Int, at now: UInt64) -> Int {
        (0..<times).count { _ in table.take(key, at: now).isAllowed }
    }

    @Test func eachKeyHasItsOwnCount() {
        let table = RateTable(rule)
        var random = SplitMix(1)
        for _ in 0..<1000 {
            let key = random.next()
            #expect(allowed(table, key, times: 12, at: RateTableTests.second) == 10)
        }
    }

    /// As one limit for each key would decide, in the same scenario, where there is room for all.
    @Test(arguments: 0..<20) func decidesAsALimitForEachKeyWould(seed: UInt64) {
        var random = SplitMix(seed)
        let table = RateTable(rule)
        let keys = (0..<500).map { _ in random.next() }
        var arrivals: [UInt64: UInt64] = [:]
        var now = RateTableTests.second
        for _ in 0..<20_000 {
            now += random.next(below: RateTableTests.second / 100)
            let key = keys[Int(random.next(below: 500))]
            let expected = rule.decide(arrivals[key] ?? 0, at: now)
            arrivals[key] = expected.arrival
            // Foreseen, but not counted, and of another one not even noted.
            for _ in 0..<3 { #expect(table.foresee(key, at: now) == expected) }
            #expect(table.foresee(random.next(), at: now) == rule.decide(0, at: now))
            #expect(table.take(key, at: now) == expected)
        }
    }

    @Test func lookingAheadNeitherCountsNorGrows() {
        let table = RateTable(rule, capacity: 4096)
        var random = SplitMix(4)
        for _ in 0..<100_000 { _ = table.foresee(random.next(), at: RateTableTests.second) }
        #expect(table.counts == .init())
        #expect(table.placeCount == 512)
    }

    @Test func itGrowsOnlyWhileItMust() {
        let table = RateTable(rule, capacity: 4096)
        var random = SplitMix(2)
        #expect(table.placeCount == 512)
        // Each comes when those before it have been forgotten.
        for round in 0..<20_000 { _ = table.take(random.next(), at: UInt64(round + 1) * 2 * RateTableTests.second) }
        #expect(table.placeCount == 512)
        for _ in 0..<100_000 { _ = table.take(random.next(), at: RateTableTests.second * 1_000_000) }
        #expect(table.placeCount == 4096)
    }

    /// A flood of keys that are seen once, a hundred times as many as there are places: whoever is active keeps his count.
    @Test func endlessNewKeysDoNotResetAnActiveClient() {
        let table = RateTable(rule, capacity: 4096)
        var random = SplitMix(3)
        let clients = (0..<50).map { _ in random.next() }
        let now = RateTableTests.second
        for client in clients { #expect(allowed(table, client, times: 3, at: now) == 3) }
        for _ in 0..<400_000 { #expect(table.take(random.next(), at: now).isAllowed) }
        for client in clients { #expect(allowed(table, client, times: 20, at: now) == 7) }
    }

    /// To push it out, each of very many keys must come as often as it did.
    @Test func whatTheFloodMustDoToResetAClient() {
        let table = RateTable(rule, capacity: 512)
        var random = SplitMix(4)
        let client = random.next()
        let now = RateTableTests.second
        #expect(allowed(table, client, times: 5, at: now) == 5)
        for _ in 0..<20_000 {
            let key = random.next()
            for _ in 0..<4 { _ = table.take(key, at: now) }
        }
        #expect(allowed(table, client, times: 20, at: now) == 5)
        for _ in 0..<20_000 {
            let key = random.next()
            for _ in 0..<10 { _ = table.take(key, at: now) }
        }
        #expect(allowed(table, client, times: 20, at: now) == 10)
    }

    @Test func itIsExactHoweverManyThreadsAsk() throws {
        let table = RateTable(GCRA(requests: 1, period: 1000 * RateTableTests.second, burst: 1000))
        var random = SplitMix(5)
        let keys = (0..<16).map { _ in random.next() }
        let counts = Monitor([Int](repeating: 0, count: keys.count))
        let threads = (0..<4).map { number in
            BackgroundThread {
                var mine = [Int](repeating: 0, count: keys.count)
                var noise = SplitMix(UInt64(100 + number))
                for _ in 0..<600 {
                    for index in keys.indices where table.take(keys[index], at: 1).isAllowed { mine[index] += 1 }
                    // The table grows meanwhile.
                    _ = table.take(noise.next(), at: 1)
                }
                counts.change { all in for index in keys.indices { all[index] += mine[index] } }
            }
        }
        for thread in threads { try thread.join() }
        #expect(counts.read { $0 } == [Int](repeating: 1000, count: keys.count))
    }
}
