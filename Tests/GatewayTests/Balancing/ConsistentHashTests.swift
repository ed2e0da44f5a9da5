// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

/// A key as requests have them.
func hashKey(_ number: Int) -> RequestKey {
    RequestKey(hash: StableHash.hash("client \(number)"))
}

@Suite struct ConsistentHashTests {
    private static let keys = 4000

    private func strategy(_ configuration: PoolConfiguration, balance: Int? = nil) -> ConsistentHash {
        var hash = HashConfiguration()
        hash.balancePercent = balance
        return ConsistentHash(configuration.backends, hash)
    }

    /// The name of each key's backend.
    private func owners(_ strategy: some BalancingStrategy, _ pool: BackendPool) -> [String?] {
        (0..<Self.keys).map { strategy.pick(from: pool, for: hashKey($0), tried: [])?.description }
    }

    @Test(arguments: 1...6)
    func keysAreSharedByWeight(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let weights = random.weights(most: 10, heaviest: 9)
        let configuration = makeConfiguration(weights: weights)
        let counts = strategy(configuration).shares(Self.keys, from: BackendPool(configuration), key: hashKey)
        #expect(fits(counts, weights), "seed \(seed): \(counts) for \(weights)")
    }

    @Test func aKeyStaysWhereItIs() {
        let configuration = makeConfiguration(weights: [1, 2, 3])
        let pool = BackendPool(configuration)
        #expect(owners(strategy(configuration), pool) == owners(strategy(configuration), pool))
    }

    /// These are promised to be the same in every version: a new one would move every client of every pool.
    @Test func ownersAreTheSameForEver() {
        let configuration = makeConfiguration(weights: [1, 1, 1, 1])
        let weighted = makeConfiguration(weights: [1, 2, 3, 4])
        #expect(
            strategy(configuration).picks(12, from: BackendPool(configuration), key: hashKey)
                == [3, 3, 0, 1, 1, 1, 3, 1, 2, 0, 2, 3]
        )
        #expect(
            strategy(weighted).picks(12, from: BackendPool(weighted), key: hashKey)
                == [3, 3, 3, 1, 1, 1, 3, 3, 2, 0, 2, 3]
        )
    }

    @Test(arguments: [[1, 1, 1, 1, 1], [1, 2, 3, 4, 5]])
    func withoutABackendOnlyItsOwnKeysMove(weights: [Int]) {
        let configuration = makeConfiguration(weights: weights)
        let pool = BackendPool(configuration)
        let strategy = strategy(configuration)
        let before = strategy.picks(Self.keys, from: pool, key: hashKey)
        for down in weights.indices {
            pool.setAvailable(down, false)
            let after = strategy.picks(Self.keys, from: pool, key: hashKey)
            let moved = zip(before, after).filter { $0 != $1 }
            #expect(moved.allSatisfy { $0.0 == down }, "a key moved between backends that are there")
            #expect(moved.count == before.filter { $0 == down }.count, "one stayed at a backend that is not there")
            // They are spread over the others by weight.
            let gained = weights.indices.filter { $0 != down }.map { index in moved.filter { $0.1 == index }.count }
            #expect(fits(gained, weights.indices.filter { $0 != down }.map { weights[$0] }), "\(gained)")
            pool.setAvailable(down, true)
            #expect(strategy.picks(Self.keys, from: pool, key: hashKey) == before, "they come back with it")
        }
    }

    /// A second backend that leaves moves its own keys, with those that it had been lent, and nobody else's.
    @Test func moreBackendsThatLeaveMoveNoMoreThanTheyHad() {
        let configuration = makeConfiguration(weights: Array(repeating: 1, count: 12))
        let pool = BackendPool(configuration)
        let strategy = strategy(configuration)
        var before = strategy.picks(Self.keys, from: pool, key: hashKey)
        for down in 0..<11 {
            pool.setAvailable(down, false)
            let after = strategy.picks(Self.keys, from: pool, key: hashKey)
            #expect(zip(before, after).allSatisfy { $0 == $1 || $0 == down })
            before = after
        }
        #expect(before.allSatisfy { $0 == 11 })
    }

    /// A file without one of the backends, or in another order, is another pool; what counts is what a backend is called.
    @Test(arguments: [0, 4, 9])
    func aReloadMovesNoMoreThanItMust(removed: Int) {
        var configuration = makeConfiguration(weights: Array(repeating: 1, count: 10))
        let before = owners(strategy(configuration), BackendPool(configuration))
        let name = configuration.backends[removed].url.description
        configuration.backends.remove(at: removed)
        configuration.backends.reverse()
        let after = owners(strategy(configuration), BackendPool(configuration))
        #expect(zip(before, after).allSatisfy { $0 == $1 || $0 == name })
        let moved = zip(before, after).filter { $0 != $1 }.count
        #expect(abs(moved - Self.keys / 10) < Self.keys / 40)
    }

    @Test(arguments: [1, 64, 100])
    func poolsOfAllSizes(count: Int) {
        let configuration = makeConfiguration(weights: Array(repeating: 1, count: count))
        let pool = BackendPool(configuration)
        let strategy = strategy(configuration)
        let counts = strategy.shares(100 * count, from: pool, key: hashKey)
        #expect(counts.allSatisfy { $0 > 40 && $0 < 180 }, "\(counts)")
        // Nearly all are out: more than a few slots have to be looked at.
        pool.setAvailable(0..<(count - 1), false)
        #expect(strategy.picks(100, from: pool, key: hashKey).allSatisfy { $0 == count - 1 })
    }

    @Test func twoBackendsOfOneNameShareTheirKeys() {
        var configuration = makeConfiguration(weights: [1, 1])
        configuration.backends[1] = configuration.backends[0]
        let counts = strategy(configuration).shares(Self.keys, from: BackendPool(configuration), key: hashKey)
        #expect(fits(counts, [1, 1]), "\(counts)")
    }

    // MARK: Bounded loads

    /// One key that everybody asks for: it spreads as far as it must.
    @Test(arguments: [100, 125, 200], [3, 10, 70])
    func noBackendHasMoreThanTheBoundOfItsFairShare(balance: Int, count: Int) {
        let configuration = makeConfiguration(weights: Array(repeating: 1, count: count))
        let strategy = strategy(configuration, balance: balance)
        let balancer = LoadBalancer(pool: BackendPool(configuration), strategy: strategy)
        for number in 1...(10 * count) {
            _ = balancer.pick(for: hashKey(1), tried: [])
            let most = (Double(balance * number) / Double(100 * count)).rounded(.up)
            #expect(balancer.pool.backends.allSatisfy { Double($0.inFlight) <= most })
        }
        #expect(balancer.pool.backends.filter { $0.inFlight > 0 }.count <= count)
    }

    @Test func theBoundGoesByWeight() {
        let weights = [6, 3, 1]
        let configuration = makeConfiguration(weights: weights)
        let strategy = strategy(configuration, balance: 110)
        let balancer = LoadBalancer(pool: BackendPool(configuration), strategy: strategy)
        for _ in 0..<1000 { _ = balancer.pick(for: hashKey(3), tried: []) }
        for (backend, weight) in zip(balancer.pool.backends, weights) { #expect(backend.inFlight <= 110 * weight) }
    }

    @Test func withoutABoundAKeyNeverLeavesItsBackend() {
        let configuration = makeConfiguration(weights: [1, 1, 1])
        let balancer = LoadBalancer(pool: BackendPool(configuration), strategy: strategy(configuration))
        for _ in 0..<100 { _ = balancer.pick(for: hashKey(1), tried: []) }
        #expect(balancer.pool.backends.map(\.inFlight).sorted() == [0, 0, 100])
    }

    /// An even load of many keys stays where it belongs.
    @Test func theBoundLeavesAnEvenLoadAlone() {
        let configuration = makeConfiguration(weights: [1, 1, 1, 1])
        let pool = BackendPool(configuration)
        let unbounded = strategy(configuration).picks(Self.keys, from: pool, key: hashKey)
        #expect(strategy(configuration, balance: 125).picks(Self.keys, from: pool, key: hashKey) == unbounded)
    }
}

@Suite struct IPHashTests {
    @Test func goesByTheClientsAddressWhateverElseIsConfigured() {
        var configuration = makeConfiguration(weights: [1, 1], strategy: "ip_hash")
        configuration.hash.source = .path
        #expect(StrategyRegistry.makeStrategy(for: configuration)?.keySource == .clientAddress)
        configuration.strategy = "consistent_hash"
        #expect(StrategyRegistry.makeStrategy(for: configuration)?.keySource == .path)
        configuration.strategy = "random"
        #expect(StrategyRegistry.makeStrategy(for: configuration)?.keySource == nil)
    }

    @Test(arguments: 1...6)
    func clientsAreSharedByWeight(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let weights = random.weights(most: 10, heaviest: 9)
        let configuration = makeConfiguration(weights: weights)
        let counts = IPHash(configuration.backends).shares(4000, from: BackendPool(configuration), key: hashKey)
        #expect(fits(counts, weights), "seed \(seed): \(counts) for \(weights)")
    }

    @Test func aClientLeavesABackendThatIsOutAndComesBackToIt() {
        let configuration = makeConfiguration(weights: [1, 1, 1])
        let pool = BackendPool(configuration)
        let strategy = IPHash(configuration.backends)
        let before = strategy.picks(500, from: pool, key: hashKey)
        pool.setAvailable(1, false)
        let without = strategy.picks(500, from: pool, key: hashKey)
        #expect(zip(before, without).allSatisfy { $0 == 1 ? $1 != 1 : $0 == $1 })
        pool.setAvailable(1, true)
        #expect(strategy.picks(500, from: pool, key: hashKey) == before)
    }

    @Test func aClientStaysHoweverBusyItsBackendIs() {
        let configuration = makeConfiguration(weights: [1, 1, 1])
        let balancer = LoadBalancer(pool: BackendPool(configuration), strategy: IPHash(configuration.backends))
        for _ in 0..<100 { _ = balancer.pick(for: hashKey(9), tried: []) }
        #expect(balancer.pool.backends.map(\.inFlight).sorted() == [0, 0, 100])
    }
}
