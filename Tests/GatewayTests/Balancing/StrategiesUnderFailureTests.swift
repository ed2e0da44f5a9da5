// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

/// What every strategy must do when backends fail.
@Suite struct StrategiesUnderFailureTests {
    private static let pools: [[Int]] = [
        [1], [1, 1, 1], [5, 1, 1], (0..<66).map { 1 + $0 % 7 },
    ]

    private func make(_ strategy: String, _ weights: [Int]) throws -> (any BalancingStrategy, BackendPool) {
        let configuration = makeConfiguration(weights: weights, strategy: strategy)
        return (
            try #require(StrategyRegistry.makeStrategy(for: configuration, seed: 17)), BackendPool(configuration)
        )
    }

    @Test(arguments: StrategyRegistry.names, pools)
    func nobodyIsPickedWhoIsOutOrWasTried(name: String, weights: [Int]) throws {
        let (strategy, pool) = try make(name, weights)
        var random = SeededGenerator(state: 3)
        for step in 0..<300 {
            pool.setAvailable(Int.random(in: weights.indices, using: &random), Bool.random(using: &random))
            var tried = BackendSet()
            for _ in 0..<Int.random(in: 0..<3, using: &random) {
                tried.insert(Int.random(in: weights.indices, using: &random))
            }
            let key = RequestKey(hash: random.next(), time: UInt64(step) * 1_000_000)
            let possible = weights.indices.filter { pool.isAvailable($0) && !tried.contains($0) }
            let picked = strategy.pick(from: pool, for: key, tried: tried)?.index
            if let picked { #expect(possible.contains(picked)) } else { #expect(possible.isEmpty) }
        }
    }

    @Test(arguments: StrategyRegistry.names, pools)
    func nobodyIsPickedWhenAllAreOut(name: String, weights: [Int]) throws {
        let (strategy, pool) = try make(name, weights)
        pool.setAvailable(weights.indices, false)
        #expect(strategy.picks(5, from: pool, key: hashKey) == [nil, nil, nil, nil, nil])
    }

    /// Each attempt of one request goes to another backend until all have been tried.
    @Test(arguments: StrategyRegistry.names, pools)
    func retriesReachEveryBackendOnce(name: String, weights: [Int]) throws {
        let (strategy, pool) = try make(name, weights)
        var tried = BackendSet()
        for _ in weights {
            let backend = try #require(strategy.pick(from: pool, for: hashKey(1), tried: tried))
            #expect(!tried.contains(backend.index))
            tried.insert(backend.index)
        }
        #expect(strategy.pick(from: pool, for: hashKey(1), tried: tried) == nil)
    }

    /// Requests that fail over from a backend which dies are spread over all the others, not handed to one.
    @Test(arguments: StrategyRegistry.names)
    func theRequestsOfADyingBackendAreSpread(name: String) throws {
        let (strategy, pool) = try make(name, [1, 1, 1, 1, 1])
        let counts = strategy.shares(1000, from: pool, tried: [2], key: hashKey)
        #expect(counts[2] == 0)
        #expect([0, 1, 3, 4].allSatisfy { counts[$0] > 180 && counts[$0] < 320 }, "\(counts)")
    }

    /// Out, back, and as if nothing had been.
    @Test(arguments: StrategyRegistry.names)
    func aBackendThatComesBackHasItsShareAgain(name: String) throws {
        let weights = [3, 1, 2]
        let (strategy, pool) = try make(name, weights)
        _ = strategy.picks(60, from: pool, key: hashKey)
        pool.setAvailable(0, false)
        let without = strategy.shares(1200, from: pool, key: hashKey)
        #expect(without[0] == 0)
        #expect(fits(Array(without.dropFirst()), [1, 2]), "\(without)")
        pool.setAvailable(0, true)
        let with = strategy.shares(1200, from: pool, key: hashKey)
        #expect(fits(with, weights), "\(with)")
    }

    /// While one thread takes backends out and puts them back, the others must always get somebody whom they had not tried.
    @Test(arguments: StrategyRegistry.names, [3, 70])
    func picksWhileHealthChanges(name: String, count: Int) throws {
        let (strategy, pool) = try make(name, (0..<count).map { 1 + $0 % 3 })
        let wrong = Tally()
        try onThreads(3) { number in
            for round in 0..<3000 {
                if number == 0 {
                    let index = 2 + round % (count - 2)
                    pool.setAvailable(index, false)
                    pool.setAvailable(index, true)
                    continue
                }
                // Backend 1 is always there.
                let tried: BackendSet = [0, count - 1]
                let backend = strategy.pick(from: pool, for: hashKey(round), tried: tried)
                if backend.map({ tried.contains($0.index) }) ?? true { wrong.add() }
            }
        }
        #expect(wrong.count == 0)
    }
}
