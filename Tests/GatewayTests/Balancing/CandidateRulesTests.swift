// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

/// Backups, limits and what to do when everybody is out, for every strategy: they are the pool's business.
@Suite struct CandidateRulesTests {
    /// Pools of three, and of more backends than one word has bits.
    static let sizes = [4, 130]

    private func makePool(of count: Int, _ change: (inout PoolConfiguration) -> Void) -> BackendPool {
        var configuration = makeConfiguration(weights: Array(repeating: 1, count: count))
        change(&configuration)
        return BackendPool(configuration)
    }

    // MARK: Backups

    @Test(arguments: sizes)
    func backupsAreUsedOnlyWhileNobodyElseIsThere(count: Int) {
        let pool = makePool(of: count) { configuration in
            for index in (count - 2)..<count { configuration.backends[index].isBackup = true }
        }
        let others = Array(0..<(count - 2))
        #expect(pool.candidateIndices() == others)
        pool.setAvailable(others.dropFirst(), false)
        #expect(pool.candidateIndices() == [0])
        #expect(pool.candidateIndices(excluding: [0]) == [count - 2, count - 1], "a retry goes to the backups")
        pool.setAvailable(0, false)
        #expect(pool.candidateIndices() == [count - 2, count - 1])
        #expect(pool.candidateIndices(excluding: [count - 1]) == [count - 2])
        pool.setAvailable(1, true)
        #expect(pool.candidateIndices() == [1], "they are done with when somebody comes back")
    }

    @Test func aPoolOfNobodyButBackupsHasThem() {
        let pool = makePool(of: 2) { configuration in
            for index in 0..<2 { configuration.backends[index].isBackup = true }
        }
        #expect(pool.candidateIndices() == [0, 1])
    }

    @Test func backupsAreNotUsedForWhatTheOthersHaveNoRoomFor() {
        let pool = makePool(of: 3) { configuration in
            configuration.backends[0].maxConnections = 1
            configuration.backends[1].maxConnections = 1
            configuration.backends[2].isBackup = true
        }
        pool.backends[0].requestBegan()
        pool.backends[1].requestBegan()
        #expect(pool.candidateIndices() == [])
        pool.setAvailable([0, 1], false)
        #expect(pool.candidateIndices() == [2])
    }

    // MARK: All down

    @Test(arguments: sizes)
    func whenAllAreDownAllAreTriedIfThePoolSaysSo(count: Int) {
        let pool = makePool(of: count) { $0.whenAllDown = .tryAnyway }
        pool.setAvailable(0..<count, false)
        #expect(pool.candidateIndices() == Array(0..<count))
        #expect(pool.candidateIndices(excluding: [1]) == [0] + Array(2..<count))
        pool.setAvailable(2, true)
        #expect(pool.candidateIndices() == [2], "one that is there is better than any that is not")
        #expect(pool.candidateIndices(excluding: [2]) == [], "and nobody else is tried beside it")
    }

    @Test func whenAllAreDownBackupsComeLast() {
        let pool = makePool(of: 3) { configuration in
            configuration.whenAllDown = .tryAnyway
            configuration.backends[0].isBackup = true
        }
        pool.setAvailable(0..<3, false)
        #expect(pool.candidateIndices() == [1, 2])
        #expect(pool.candidateIndices(excluding: [1, 2]) == [0])
    }

    // MARK: Limits

    @Test(arguments: sizes)
    func aFullBackendIsNoCandidate(count: Int) {
        let pool = makePool(of: count) { configuration in
            configuration.backends[1].maxConnections = 2
            configuration.backends[count - 1].maxConnections = 1
        }
        pool.backends[1].requestBegan()
        #expect(pool.candidateIndices() == Array(0..<count))
        pool.backends[1].requestBegan()
        pool.backends[count - 1].requestBegan()
        #expect(pool.candidateIndices() == [0] + Array(2..<(count - 1)))
        pool.backends[1].requestEnded()
        #expect(pool.candidateIndices() == Array(0..<(count - 1)))
    }
}
