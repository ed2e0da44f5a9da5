// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct WeightedRoundRobinTests {
    /// The most picks in a row that went to `index`, the list being read as a ring.
    private func longestRun(of index: Int, in picks: [Int?]) -> Int {
        var longest = 0
        var run = 0
        for pick in picks + picks {
            run = pick == index ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    @Test func spreadsTheTurnsOfAHeavyBackend() {
        let picks = WeightedRoundRobin(weights: [5, 1, 1]).picks(14, from: makePool(weights: [5, 1, 1]))
        #expect(picks == [0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0, 0, 2, 0])
        #expect(longestRun(of: 0, in: picks) < 5)
    }

    @Test func equalWeightsFollowTheFile() {
        let picks = WeightedRoundRobin(weights: [3, 3, 3]).picks(7, from: makePool(weights: [3, 3, 3]))
        #expect(picks == [0, 1, 2, 0, 1, 2, 0])
    }

    /// Whatever the weights: each round of as many picks as they sum up to gives each backend its weight.
    @Test(arguments: 1...40)
    func everyRoundIsExact(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let weights = random.weights(most: 12, heaviest: 20)
        let pool = makePool(weights: weights)
        let strategy = WeightedRoundRobin(weights: weights)
        for round in 0..<20 {
            #expect(strategy.shares(weights.reduce(0, +), from: pool) == weights, "seed \(seed), round \(round)")
        }
    }

    /// Between two turns of a backend there are never more than half as many picks again, and two, as if its turns were
    /// perfectly even.
    @Test(arguments: 1...40)
    func turnsAreEvenlySpread(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let weights = random.weights(most: 12, heaviest: 20)
        let sum = weights.reduce(0, +)
        let picks = WeightedRoundRobin(weights: weights).picks(3 * sum, from: makePool(weights: weights))
        for (index, weight) in weights.enumerated() {
            let places = picks.indices.filter { picks[$0] == index }
            let longest = zip(places, places.dropFirst()).map { $1 - $0 }.max() ?? 0
            let allowed = 1.5 * Double(sum) / Double(weight) + 2
            #expect(Double(longest) <= allowed, "seed \(seed): \(index) of \(weights)")
        }
    }

    @Test(arguments: [[1000, 1], [997, 991, 983, 977, 971], [1, 1000, 999]])
    func largeWeightsAreExactOverManyRounds(weights: [Int]) {
        let counts = WeightedRoundRobin(weights: weights).shares(
            20 * weights.reduce(0, +),
            from: makePool(weights: weights)
        )
        for (count, weight) in zip(counts, weights) { #expect(abs(count - 20 * weight) <= 1, "\(counts)") }
    }

    @Test func theShareOfABackendThatIsDownGoesToTheOthersInProportion() {
        let pool = makePool(weights: [4, 2, 1, 1])
        let strategy = WeightedRoundRobin(weights: [4, 2, 1, 1])
        pool.setAvailable(0, false)
        #expect(strategy.shares(400, from: pool) == [0, 200, 100, 100])
    }

    /// It does not catch up on what it has missed: no burst.
    @Test(arguments: [1, 10, 100_000])
    func aBackendThatComesBackHasItsShareAgainAndNoMore(missed: Int) {
        let weights = [5, 1, 1]
        let pool = makePool(weights: weights)
        let strategy = WeightedRoundRobin(weights: weights)
        pool.setAvailable([1, 2], false)
        _ = strategy.picks(missed, from: pool)
        pool.setAvailable([1, 2], true)
        let picks = strategy.picks(70, from: pool)
        #expect((0..<3).allSatisfy { index in abs(picks.filter { $0 == index }.count - 10 * weights[index]) <= 1 })
        #expect(longestRun(of: 0, in: picks) < 5, "the two keep their distance")
    }

    @Test func retriesTakeNoTurnFromOtherRequests() {
        let weights = [3, 2, 1]
        let pool = makePool(weights: weights)
        let undisturbed = WeightedRoundRobin(weights: weights).picks(60, from: pool)
        let strategy = WeightedRoundRobin(weights: weights)
        let disturbed = (0..<60).map { _ in
            _ = strategy.pick(from: pool, for: RequestKey(), tried: [0])
            return strategy.pick(from: pool, for: RequestKey(), tried: [])?.index
        }
        #expect(disturbed == undisturbed)
        #expect(strategy.shares(300, from: pool, tried: [0]) == [0, 200, 100])
    }

    @Test(arguments: [[5, 1, 1], Array(1...20), Array(repeating: [1, 4], count: 50).flatMap { $0 }])
    func workersTogetherAreExact(weights: [Int]) throws {
        let pool = makePool(weights: weights)
        let strategy = WeightedRoundRobin(weights: weights)
        let tallies = weights.map { _ in Tally() }
        let rounds = 40
        try onThreads(4) { _ in
            for _ in 0..<(weights.reduce(0, +) * rounds / 4) {
                if let backend = strategy.pick(from: pool, for: RequestKey(), tried: []) {
                    tallies[backend.index].add()
                }
            }
        }
        let picked = weights.reduce(0, +) * rounds / 4 * 4
        #expect(tallies.reduce(0) { $0 + $1.count } == picked)
        if picked == weights.reduce(0, +) * rounds { #expect(tallies.map(\.count) == weights.map { $0 * rounds }) }
    }

    @Test func isChosenWhereWeightsDifferOrBackendsStartSlowly() {
        var configuration = makeConfiguration(weights: [2, 2])
        #expect(StrategyRegistry.makeStrategy(for: configuration) is RoundRobin)
        configuration.slowStart = .seconds(10)
        #expect(StrategyRegistry.makeStrategy(for: configuration) is WeightedRoundRobin)
        #expect(StrategyRegistry.makeStrategy(for: makeConfiguration(weights: [2, 1])) is WeightedRoundRobin)
    }
}
