// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct LoadBalancerTests {
    /// Picks the last backend that may be picked: a strategy as a newcomer would write it.
    private struct LastOne: BalancingStrategy {
        func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
            let candidates = pool.candidates(excluding: tried)
            return candidates[place: candidates.count - 1]
        }
    }

    /// A pool whose backends have these limits; 0 for none.
    private func makeBalancer(
        limits: [Int],
        strategy: String = "round_robin",
        _ change: (inout PoolConfiguration) -> Void = { _ in }
    ) throws -> LoadBalancer {
        var configuration = makeConfiguration(weights: limits.map { _ in 1 }, strategy: strategy)
        for (index, limit) in limits.enumerated() where limit > 0 {
            configuration.backends[index].maxConnections = limit
        }
        change(&configuration)
        return try #require(LoadBalancer(configuration))
    }

    private func isFull(_ choice: LoadBalancer.Choice) -> Bool {
        if case .allFull = choice { true } else { false }
    }

    private func isNobody(_ choice: LoadBalancer.Choice) -> Bool {
        if case .noneAvailable = choice { true } else { false }
    }

    /// What is foreseen is what is picked, whatever is out, full or was tried; and where it is foreseen nothing has moved.
    @Test(arguments: ["ip_hash", "consistent_hash", "round_robin", "least_connections"])
    func whatIsForeseenIsWhatIsPicked(strategy: String) throws {
        let balancer = try makeBalancer(limits: [0, 2, 0, 1, 0], strategy: strategy) { $0.slowStart = .seconds(10) }
        var random = SplitMix(5)
        var foreseen = 0
        for number in 0..<2000 {
            let preferred = number % 3 == 0 ? Int(random.next(below: 5)) : nil
            let key = RequestKey(hash: random.next(), time: UInt64(number) * 20_000_000, preferred: preferred)
            var tried = BackendSet()
            if number % 4 == 0 { tried.insert(Int(random.next(below: 5))) }
            balancer.pool.setAvailable(Int(random.next(below: 5)), random.next(below: 3) > 0)
            let before = balancer.pool.backends.map(\.inFlight)
            let expected = balancer.foresee(for: key, tried: tried)
            #expect(balancer.pool.backends.map(\.inFlight) == before)
            let picked = balancer.pick(for: key, tried: tried).backend
            if let expected {
                foreseen += 1
                #expect(picked?.index == expected.index)
            } else if strategy.hasSuffix("hash") {
                #expect(picked == nil)
            }
            if number % 2 == 0 { picked?.requestEnded() }
            if number % 50 == 0 {
                for backend in balancer.pool.backends { while backend.inFlight > 0 { backend.requestEnded() } }
            }
        }
        #expect(foreseen > 200)
    }

    @Test func anyStrategyWorksWithHealthAndRetries() {
        let balancer = LoadBalancer(pool: makePool(of: 4), strategy: LastOne())
        #expect(balancer.pick(for: RequestKey(), tried: []).backend?.index == 3)
        #expect(balancer.pick(for: RequestKey(), tried: [3]).backend?.index == 2)
        balancer.pool.setAvailable(2, false)
        #expect(balancer.pick(for: RequestKey(), tried: [3]).backend?.index == 1)
        #expect(isNobody(balancer.pick(for: RequestKey(), tried: [0, 1, 3])))
        #expect(balancer.keySource == nil)
        #expect(!balancer.usesLatency)
    }

    @Test func isMadeFromItsConfiguration() throws {
        let url = BackendURL(scheme: .http, endpoint: .unix(path: "/run/a"), description: "unix:/run/a")
        var configuration = PoolConfiguration(name: "web", backends: [BackendConfiguration(url: url)])
        configuration.retry.attempts = 7
        let balancer = try #require(LoadBalancer(configuration))
        #expect(balancer.pool.retry.attempts == 7)
        #expect(balancer.pick(for: RequestKey(), tried: []).backend?.url == url)

        configuration.strategy = "no_such_strategy"
        #expect(LoadBalancer(configuration) == nil)
    }

    @Test func theRegistryKnowsItsNamesAndNoOthers() {
        #expect(
            StrategyRegistry.names == [
                "round_robin", "least_connections", "power_of_two", "least_time", "ip_hash", "consistent_hash",
                "random",
            ]
        )
        for name in StrategyRegistry.names {
            #expect(StrategyRegistry.makeStrategy(for: makeConfiguration(weights: [1], strategy: name)) != nil)
        }
        let unknown = makeConfiguration(weights: [1], strategy: "Round_Robin")
        #expect(StrategyRegistry.makeStrategy(for: unknown) == nil)
    }

    @Test func poolsDoNotShareAStrategysMemory() {
        let first = StrategyRegistry.makeStrategy(for: makeConfiguration(weights: [1, 1, 1]))
        let second = StrategyRegistry.makeStrategy(for: makeConfiguration(weights: [1, 1, 1]))
        let pool = makePool(of: 3)
        _ = first?.pick(from: pool, for: RequestKey(), tried: [])
        #expect(second?.pick(from: pool, for: RequestKey(), tried: [])?.index == 0)
    }

    // MARK: In flight

    @Test(arguments: StrategyRegistry.names)
    func whoeverIsPickedHasTheRequestInFlight(strategy: String) throws {
        for limits in [[0, 0], [9, 9]] {
            let balancer = try makeBalancer(limits: limits, strategy: strategy)
            let backend = try #require(balancer.pick(for: RequestKey(), tried: []).backend)
            #expect(backend.inFlight == 1)
            backend.requestEnded()
            #expect(balancer.pool.backends.allSatisfy { $0.inFlight == 0 })
        }
    }

    @Test(arguments: StrategyRegistry.names)
    func fillsEveryBackendToItsLimitAndThenSaysSo(strategy: String) throws {
        let limits = [3, 1, 5, 2]
        let balancer = try makeBalancer(limits: limits, strategy: strategy)
        for number in 0..<11 {
            let key = RequestKey(hash: StableHash.hash("\(number)"))
            #expect(balancer.pick(for: key, tried: []).backend != nil)
        }
        #expect(balancer.pool.backends.map(\.inFlight) == limits)
        #expect(isFull(balancer.pick(for: RequestKey(), tried: [])))
        #expect(isFull(balancer.pick(for: RequestKey(), tried: [0, 1])))
        #expect(isNobody(balancer.pick(for: RequestKey(), tried: [0, 1, 2, 3])), "a retry need not wait for nobody")
        balancer.pool.backends[2].requestEnded()
        #expect(balancer.pick(for: RequestKey(), tried: []).backend?.index == 2)
        balancer.pool.setAvailable(0..<4, false)
        #expect(isNobody(balancer.pick(for: RequestKey(), tried: [])))
    }

    /// Many threads want the last places: exactly as many get one as there are, again and again.
    @Test(arguments: StrategyRegistry.names)
    func workersNeverTogetherPassALimit(strategy: String) throws {
        let limits = [3, 1, 2]
        let balancer = try makeBalancer(limits: limits, strategy: strategy)
        let (held, most, refused) = (limits.map { _ in Tally() }, limits.map { _ in Tally() }, Tally())
        try onThreads(8) { number in
            for round in 0..<2000 {
                let key = RequestKey(hash: StableHash.hash("\(number) \(round)"))
                guard let backend = balancer.pick(for: key, tried: []).backend else {
                    refused.add()
                    continue
                }
                held[backend.index].add()
                if held[backend.index].count > limits[backend.index] { most[backend.index].add() }
                held[backend.index].take()
                backend.requestEnded()
            }
        }
        #expect(most.map(\.count) == [0, 0, 0])
        #expect(balancer.pool.backends.allSatisfy { $0.inFlight == 0 })
    }

    @Test func ofManyThreadsAsManyGetAPlaceAsThereAre() throws {
        for _ in 0..<200 {
            let balancer = try makeBalancer(limits: [2, 1])
            let placed = Tally()
            try onThreads(4) { _ in
                if balancer.pick(for: RequestKey(), tried: []).backend != nil { placed.add() }
            }
            #expect(placed.count == 3)
        }
    }

    // MARK: Preferred

    @Test(arguments: StrategyRegistry.names)
    func thePreferredBackendIsPickedWheneverItMayBe(strategy: String) throws {
        let balancer = try makeBalancer(limits: [0, 0, 2], strategy: strategy)
        let key = RequestKey(preferred: 2)
        #expect(balancer.pick(for: key, tried: []).backend?.index == 2)
        #expect(balancer.pick(for: key, tried: [2]).backend?.index != 2)
        #expect(balancer.pick(for: key, tried: []).backend?.index == 2)
        #expect(balancer.pick(for: key, tried: []).backend?.index != 2, "it is full")
        balancer.pool.backends[2].requestEnded()
        balancer.pool.setAvailable(2, false)
        #expect(balancer.pick(for: key, tried: []).backend?.index != 2, "it is out")
        #expect(balancer.pick(for: RequestKey(preferred: 99), tried: []).backend != nil)
        #expect(balancer.pick(for: RequestKey(preferred: -1), tried: []).backend != nil)
    }

    @Test func aBackupIsNotPreferredOnceSomebodyElseIsBack() throws {
        let balancer = try makeBalancer(limits: [0, 0]) { $0.backends[1].isBackup = true }
        #expect(balancer.pick(for: RequestKey(preferred: 1), tried: []).backend?.index == 0)
        balancer.pool.setAvailable(0, false)
        #expect(balancer.pick(for: RequestKey(preferred: 1), tried: []).backend?.index == 1)
    }
}
