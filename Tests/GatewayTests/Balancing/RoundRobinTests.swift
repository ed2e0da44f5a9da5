// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct RoundRobinTests {
    /// The indices of `count` picks in a row.
    private func picks(_ count: Int, _ strategy: RoundRobin, _ pool: BackendPool, tried: BackendSet = []) -> [Int?] {
        (0..<count).map { _ in strategy.pick(from: pool, for: RequestKey(), tried: tried)?.index }
    }

    @Test func beginsWithTheFirstAndFollowsTheFile() {
        #expect(picks(7, RoundRobin(), makePool(of: 3)) == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test func oneBackendGetsEverything() {
        #expect(picks(3, RoundRobin(), makePool(of: 1)) == [0, 0, 0])
    }

    @Test func nobodyAvailableIsNobodyPicked() {
        let pool = makePool(of: 3)
        for index in 0..<3 { pool.setAvailable(index, false) }
        #expect(picks(2, RoundRobin(), pool) == [nil, nil])
    }

    @Test(arguments: [0, 1, 2])
    func theShareOfABackendThatIsDownGoesToAllOthersAlike(down: Int) {
        let pool = makePool(of: 3)
        pool.setAvailable(down, false)
        let counts = Dictionary(grouping: picks(100, RoundRobin(), pool), by: { $0 }).mapValues(\.count)
        #expect(counts.count == 2)
        #expect(counts[down] == nil)
        #expect(counts.values.allSatisfy { $0 == 50 })
    }

    @Test func aBackendThatComesBackTakesItsPlaceAgain() {
        let pool = makePool(of: 3)
        let strategy = RoundRobin()
        pool.setAvailable(1, false)
        #expect(picks(4, strategy, pool) == [0, 2, 0, 2])
        pool.setAvailable(1, true)
        let counts = Dictionary(grouping: picks(30, strategy, pool), by: { $0 }).mapValues(\.count)
        #expect(counts == [0: 10, 1: 10, 2: 10])
    }

    @Test func aRetryGoesToOneThatWasNotTried() {
        let pool = makePool(of: 3)
        let strategy = RoundRobin()
        #expect(picks(4, strategy, pool, tried: [1]) == [0, 2, 0, 2])
        #expect(picks(2, strategy, pool, tried: [0, 1]) == [2, 2])
        #expect(picks(1, strategy, pool, tried: [0, 1, 2]) == [nil])
    }

    @Test func retriesTakeNoTurnFromOtherRequests() {
        let pool = makePool(of: 3)
        let strategy = RoundRobin()
        #expect(picks(2, strategy, pool) == [0, 1])
        #expect(picks(5, strategy, pool, tried: [1]).count == 5)
        #expect(picks(3, strategy, pool) == [2, 0, 1])
    }

    @Test(arguments: [3, 64, 100, 130])
    func workersTogetherGiveEachBackendExactlyItsShare(count: Int) throws {
        let pool = makePool(of: count)
        let strategy = RoundRobin()
        let tallies = (0..<count).map { _ in Tally() }
        let rounds = 400
        try onThreads(4) { _ in
            for _ in 0..<(count * rounds / 4) {
                guard let backend = strategy.pick(from: pool, for: RequestKey(), tried: []) else { continue }
                tallies[backend.index].add()
            }
        }
        #expect(tallies.map(\.count) == Array(repeating: rounds, count: count))
    }

    /// While one thread takes backends out and puts them back, the others must always get somebody, and never one that
    /// they had tried.
    @Test(arguments: [3, 64, 130])
    func picksWhileHealthChanges(count: Int) throws {
        let pool = makePool(of: count)
        let strategy = RoundRobin()
        let wrong = Tally()
        try onThreads(4) { number in
            if number == 0 {
                for round in 0..<20_000 {
                    // Backends 0 and 1 stay, so there is always one that was not tried.
                    let index = 2 + round % (count - 2)
                    pool.setAvailable(index, false)
                    pool.setAvailable(index, true)
                }
                return
            }
            let tried: BackendSet = [0, count - 1]
            for _ in 0..<20_000 {
                let backend = strategy.pick(from: pool, for: RequestKey(), tried: tried)
                if backend.map({ tried.contains($0.index) }) ?? true { wrong.add() }
            }
        }
        #expect(wrong.count == 0)
    }
}
