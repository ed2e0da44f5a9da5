// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct SlowStartTests {
    private static let second: UInt64 = 1_000_000_000

    private func make(_ strategy: String, weights: [Int] = [1, 1, 1, 1]) throws -> (any BalancingStrategy, BackendPool)
    {
        var configuration = makeConfiguration(weights: weights, strategy: strategy)
        configuration.slowStart = .seconds(10)
        // What is in flight is not what is looked at here.
        configuration.hash.balancePercent = nil
        return (try #require(StrategyRegistry.makeStrategy(for: configuration, seed: 23)), BackendPool(configuration))
    }

    /// The share of backend 0 beside the mean of the others, of 4000 requests at this time.
    private func share(_ strategy: any BalancingStrategy, _ pool: BackendPool, at time: UInt64) -> Double {
        let counts = strategy.shares(4000, from: pool) { RequestKey(hash: hashKey($0).hash, time: time) }
        return Double(counts[0]) / (Double(counts.dropFirst().reduce(0, +)) / Double(counts.count - 1))
    }

    @Test(arguments: ["round_robin", "random", "ip_hash", "consistent_hash", "power_of_two", "least_connections"])
    func theShareOfABackendThatCameBackRisesFromATenth(name: String) throws {
        let (strategy, pool) = try make(name)
        let start = 100 * Self.second
        let whole = share(strategy, pool, at: start)
        #expect(abs(whole - 1) < 0.12, "nobody starts slowly at the start: \(whole)")
        pool.setAvailable(0, false)
        #expect(share(strategy, pool, at: start) == 0)
        pool.setAvailable(0, true)
        for (elapsed, expected) in [(UInt64(0), 0.1), (3, 0.37), (5, 0.55), (8, 0.82), (10, 1.0), (60, 1.0)] {
            let share = share(strategy, pool, at: start + elapsed * Self.second)
            // Slots of a hash are as even as chance; what a backend does not have yet makes the others' mean larger.
            #expect(share > 0.75 * expected && share < 1.15 * expected, "\(share) after \(elapsed) s")
        }
    }

    /// Nothing was warmed up while nobody asked.
    @Test func theTimeBeginsWithTheFirstRequest() throws {
        let (strategy, pool) = try make("round_robin")
        pool.setAvailable(0, false)
        pool.setAvailable(0, true)
        #expect(share(strategy, pool, at: 5000 * Self.second) < 0.15)
        #expect(share(strategy, pool, at: 5010 * Self.second) > 0.9)
    }

    @Test func beginsAgainWithEveryReturn() throws {
        let (strategy, pool) = try make("random")
        for round in 0..<3 {
            pool.setAvailable(0, false)
            pool.setAvailable(0, true)
            let now = UInt64(1 + 100 * round) * Self.second
            #expect(share(strategy, pool, at: now) < 0.2)
            #expect(share(strategy, pool, at: now + 5 * Self.second) < 0.7)
        }
    }

    @Test func sayingAgainThatItIsThereChangesNothing() throws {
        let (strategy, pool) = try make("round_robin")
        pool.setAvailable(0, true)
        #expect(share(strategy, pool, at: Self.second) > 0.9)
    }

    @Test(arguments: StrategyRegistry.names)
    func aBackendThatIsAloneHasEverythingAtOnce(name: String) throws {
        let (strategy, pool) = try make(name)
        pool.setAvailable(0..<4, false)
        pool.setAvailable(0, true)
        let picks = strategy.picks(200, from: pool) { RequestKey(hash: hashKey($0).hash, time: Self.second) }
        #expect(picks.allSatisfy { $0 == 0 })
    }

    /// Keys come back one by one as the share grows, and none of them leaves again.
    @Test func keysComeBackOneByOne() throws {
        let (strategy, pool) = try make("consistent_hash")
        func keys(at time: UInt64) -> Set<Int> {
            let picks = strategy.picks(1000, from: pool) { RequestKey(hash: hashKey($0).hash, time: time) }
            return Set(picks.indices.filter { picks[$0] == 0 })
        }
        let before = keys(at: Self.second)
        pool.setAvailable(0, false)
        pool.setAvailable(0, true)
        var last = Set<Int>()
        for step in 0...10 {
            let now = keys(at: (2 + UInt64(step)) * Self.second)
            #expect(now.isSuperset(of: last) && now.isSubset(of: before))
            last = now
        }
        #expect(last == before)
    }
}
