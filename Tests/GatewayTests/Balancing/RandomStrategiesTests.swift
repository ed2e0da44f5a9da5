// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

private func ones(_ count: Int) -> [Int] { Array(repeating: 1, count: count) }

@Suite struct RandomChoiceTests {
    @Test(arguments: 1...40)
    func picksInProportion(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let weights = random.weights(most: 12, heaviest: 9)
        let counts = RandomChoice(weights: weights, seed: seed).shares(5000, from: makePool(weights: weights))
        #expect(fits(counts, weights), "seed \(seed): \(counts) for \(weights)")
    }

    @Test(arguments: [1, 3, 64, 100, 130])
    func equalBackendsGetTheSame(count: Int) {
        let counts = RandomChoice(weights: ones(count), seed: 7).shares(count * 100, from: makePool(of: count))
        #expect(count == 1 ? counts == [100] : fits(counts, ones(count)))
    }

    @Test func theShareOfABackendThatIsDownGoesToTheOthersInProportion() {
        let pool = makePool(weights: [4, 2, 1, 1])
        pool.setAvailable(0, false)
        let counts = RandomChoice(weights: [4, 2, 1, 1], seed: 11).shares(8000, from: pool)
        #expect(counts[0] == 0)
        #expect(fits(Array(counts.dropFirst()), [2, 1, 1]), "\(counts)")
    }

    @Test func theSameSeedMakesTheSameChoices() {
        let pool = makePool(of: 10)
        #expect(
            RandomChoice(weights: ones(10), seed: 5).picks(100, from: pool)
                == RandomChoice(weights: ones(10), seed: 5).picks(100, from: pool)
        )
        #expect(
            RandomChoice(weights: ones(10), seed: 5).picks(100, from: pool)
                != RandomChoice(weights: ones(10), seed: 6).picks(100, from: pool)
        )
    }
}

@Suite struct PowerOfTwoTests {
    /// Nobody has anything to do, so the first of the two is taken: in proportion.
    @Test(arguments: 1...40)
    func anIdlePoolIsUsedInProportion(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let weights = random.weights(most: 12, heaviest: 9)
        let counts = PowerOfTwo(weights: weights, seed: seed).shares(5000, from: makePool(weights: weights))
        #expect(fits(counts, weights), "seed \(seed): \(counts) for \(weights)")
    }

    /// The busiest of all is never the better of two, so it gets nothing.
    @Test(arguments: [2, 3, 10, 100])
    func theBusiestIsNeverPicked(count: Int) {
        let pool = makePool(of: count)
        for _ in 0..<3 { pool.backends[1].requestBegan() }
        let counts = PowerOfTwo(weights: ones(count), seed: 3).shares(2000, from: pool)
        #expect(counts[1] == 0)
        #expect(counts.filter { $0 == 0 }.count <= 1 + count / 50)
    }

    /// Balls into bins: with two choices the fullest has hardly more than the mean (Mitzenmacher), with one choice as many as
    /// chance will have it.
    @Test(arguments: 1...10)
    func fillsThePoolFarMoreEvenlyThanChance(seed: UInt64) {
        func fullest(_ strategy: some BalancingStrategy) -> Int {
            let balancer = LoadBalancer(pool: makePool(of: 50), strategy: strategy)
            for _ in 0..<5000 { _ = balancer.pick(for: RequestKey(), tried: []) }
            return balancer.pool.backends.map(\.inFlight).max() ?? 0
        }
        #expect(fullest(PowerOfTwo(weights: ones(50), seed: seed)) <= 104)
        #expect(fullest(RandomChoice(weights: ones(50), seed: seed)) > 110)
    }

    @Test(arguments: 1...20)
    func fillsThePoolInProportion(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let weights = random.weights(most: 12, heaviest: 9)
        let balancer = LoadBalancer(
            pool: makePool(weights: weights),
            strategy: PowerOfTwo(weights: weights, seed: seed)
        )
        for _ in 0..<(50 * weights.reduce(0, +)) { _ = balancer.pick(for: RequestKey(), tried: []) }
        for (backend, weight) in zip(balancer.pool.backends, weights) {
            #expect(
                abs(backend.inFlight - 50 * weight) <= 4 + 4 * weight,
                "seed \(seed): \(backend.inFlight) of \(weight)"
            )
        }
    }

    @Test func oneCandidateIsPicked() {
        let pool = makePool(of: 3)
        pool.setAvailable([0, 2], false)
        #expect(PowerOfTwo(weights: ones(3), seed: 1).picks(3, from: pool) == [1, 1, 1])
    }
}
