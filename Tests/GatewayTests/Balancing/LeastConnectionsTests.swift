// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct LeastConnectionsTests {
    @Test func picksWhoHasTheFewest() {
        let pool = makePool(of: 4)
        let strategy = LeastConnections(weights: [1, 1, 1, 1])
        for (index, count) in [3, 1, 2, 1].enumerated() {
            for _ in 0..<count { pool.backends[index].requestBegan() }
        }
        pool.backends[3].requestBegan()
        #expect(strategy.pick(from: pool, for: RequestKey(), tried: [])?.index == 1)
    }

    @Test func anIdlePoolIsUsedInTurn() {
        let pool = makePool(of: 3)
        #expect(LeastConnections(weights: [1, 1, 1]).picks(6, from: pool) == [0, 1, 2, 0, 1, 2])
        let weighted = makePool(weights: [5, 1, 1])
        #expect(LeastConnections(weights: [5, 1, 1]).shares(70, from: weighted) == [50, 10, 10])
    }

    /// Requests that never end: the pool fills in proportion, and each is placed where there is least.
    @Test(arguments: 1...40)
    func fillsThePoolInProportion(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let weights = random.weights(most: 12, heaviest: 9)
        let balancer = LoadBalancer(pool: makePool(weights: weights), strategy: LeastConnections(weights: weights))
        for _ in 0..<(30 * weights.reduce(0, +)) { _ = balancer.pick(for: RequestKey(), tried: []) }
        #expect(balancer.pool.backends.map(\.inFlight) == weights.map { $0 * 30 }, "seed \(seed)")
    }

    /// Requests that end in any order: no backend ever has more than one beyond what another could take.
    @Test(arguments: 1...20)
    func staysEvenWhileRequestsEnd(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let balancer = LoadBalancer(pool: makePool(of: 7), strategy: LeastConnections(weights: [1, 1, 1, 1, 1, 1, 1]))
        for _ in 0..<2000 {
            let before = balancer.pool.backends.map(\.inFlight)
            guard let backend = balancer.pick(for: RequestKey(), tried: []).backend else { continue }
            #expect(before[backend.index] == before.min(), "seed \(seed)")
            if Int.random(in: 0..<10, using: &random) < 9,
                let busy = balancer.pool.backends.filter({ $0.inFlight > 0 }).randomElement(using: &random)
            {
                busy.requestEnded()
            }
        }
    }

    /// In pools of more than one row and not of whole ones, of equal weights and of others, with some out of rotation.
    @Test(arguments: 1...60)
    func nobodyElseHasLess(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let count = Int.random(in: 1...200, using: &random)
        let heaviest = seed % 2 == 0 ? 1 : 9
        let weights = (0..<count).map { _ in Int.random(in: 1...heaviest, using: &random) }
        let pool = makePool(weights: weights)
        let strategy = LeastConnections(weights: weights)
        for backend in pool.backends {
            for _ in 0..<Int.random(in: 0...20, using: &random) { backend.requestBegan() }
            if Int.random(in: 0..<4, using: &random) == 0 { pool.setAvailable(backend.index, false) }
        }
        for _ in 0..<20 {
            let candidates = pool.backends.filter { pool.isAvailable($0.index) }
            let picked = strategy.pick(from: pool, for: RequestKey(), tried: [])
            #expect((picked == nil) == candidates.isEmpty, "seed \(seed)")
            guard let picked else { return }
            #expect(pool.isAvailable(picked.index), "seed \(seed)")
            let isLeast = candidates.allSatisfy { other in
                picked.inFlight * weights[other.index] <= other.inFlight * weights[picked.index]
            }
            #expect(isLeast, "seed \(seed)")
            picked.requestBegan()
        }
    }

    /// A slow backend keeps its requests longer, so it is given fewer.
    @Test func aBackendTwiceAsSlowGetsHalfAsMuch() {
        let balancer = LoadBalancer(pool: makePool(of: 3), strategy: LeastConnections(weights: [1, 1, 1]))
        var counts = [0, 0, 0]
        var ending: [Int: [Backend]] = [:]
        for time in 0..<9000 {
            for backend in ending.removeValue(forKey: time) ?? [] { backend.requestEnded() }
            guard let backend = balancer.pick(for: RequestKey(), tried: []).backend else { continue }
            counts[backend.index] += 1
            ending[time + (backend.index == 2 ? 60 : 30), default: []].append(backend)
        }
        #expect(abs(counts[2] - 1800) < 100, "\(counts)")
        #expect(abs(counts[0] - counts[1]) < 100, "\(counts)")
    }

    @Test func workersTogetherSpreadABurst() throws {
        let balancer = LoadBalancer(
            pool: makePool(of: 10),
            strategy: LeastConnections(weights: Array(repeating: 1, count: 10))
        )
        try onThreads(4) { _ in
            for _ in 0..<250 { _ = balancer.pick(for: RequestKey(), tried: []) }
        }
        let inFlight = balancer.pool.backends.map(\.inFlight)
        #expect(inFlight.reduce(0, +) == 1000)
        // Between a look and the count three others may have come to the same conclusion.
        #expect(inFlight.allSatisfy { abs($0 - 100) <= 3 }, "\(inFlight)")
    }
}
