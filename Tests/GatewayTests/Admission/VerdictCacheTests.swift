// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct VerdictCacheTests {
    private func tag(_ number: UInt64) -> SipHash.Tag { SipHash.Tag(high: 0, low: number) }

    @Test func aVerdictLivesItsTime() {
        var cache = VerdictCache(capacity: 4, life: 100)
        cache.insert(tag(1), at: 1000)
        #expect(cache.contains(tag(1), at: 1000))
        #expect(cache.contains(tag(1), at: 1099))
        #expect(!cache.contains(tag(1), at: 1100))
        #expect(!cache.contains(tag(2), at: 1000))
        cache.insert(tag(1), at: 1100)
        #expect(cache.contains(tag(1), at: 1199))
        cache.insert(tag(3), at: .max - 1)
        #expect(cache.contains(tag(3), at: .max - 1))
    }

    @Test func theOldestMakesRoom() {
        var cache = VerdictCache(capacity: 3, life: 100)
        for number in 1...3 { cache.insert(tag(UInt64(number)), at: UInt64(number)) }
        cache.insert(tag(4), at: 4)
        #expect(cache.count == 3)
        #expect(!cache.contains(tag(1), at: 4))
        #expect(cache.contains(tag(2), at: 4))
        // Those whose time is over go first, all of them.
        cache.insert(tag(5), at: 103)
        #expect(cache.count == 2)
        #expect(cache.contains(tag(4), at: 103))
    }
}
