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

    @Test func anyStrategyWorksWithHealthAndRetries() {
        let balancer = LoadBalancer(pool: makePool(of: 4), strategy: LastOne())
        #expect(balancer.pick(for: RequestKey(), tried: [])?.index == 3)
        #expect(balancer.pick(for: RequestKey(), tried: [3])?.index == 2)
        balancer.pool.setAvailable(2, false)
        #expect(balancer.pick(for: RequestKey(), tried: [3])?.index == 1)
        #expect(balancer.pick(for: RequestKey(), tried: [0, 1, 3]) == nil)
    }

    @Test func isMadeFromItsConfiguration() throws {
        let url = BackendURL(scheme: .http, endpoint: .unix(path: "/run/a"), description: "unix:/run/a")
        var configuration = PoolConfiguration(name: "web", backends: [BackendConfiguration(url: url)])
        configuration.retry.attempts = 7
        let balancer = try #require(LoadBalancer(configuration))
        #expect(balancer.pool.retry.attempts == 7)
        #expect(balancer.pick(for: RequestKey(), tried: [])?.url == url)

        configuration.strategy = "no_such_strategy"
        #expect(LoadBalancer(configuration) == nil)
    }

    @Test func theRegistryKnowsItsNamesAndNoOthers() {
        #expect(StrategyRegistry.names.first == "round_robin")
        #expect(StrategyRegistry.names.allSatisfy { StrategyRegistry.makeStrategy(named: $0) != nil })
        #expect(Set(StrategyRegistry.names).count == StrategyRegistry.names.count)
        #expect(StrategyRegistry.makeStrategy(named: "Round_Robin") == nil)
        #expect(StrategyRegistry.makeStrategy(named: "round_robin") is RoundRobin)
    }

    @Test func poolsDoNotShareAStrategysMemory() {
        let first = StrategyRegistry.makeStrategy(named: "round_robin")
        let second = StrategyRegistry.makeStrategy(named: "round_robin")
        let pool = makePool(of: 3)
        _ = first?.pick(from: pool, for: RequestKey(), tried: [])
        #expect(second?.pick(from: pool, for: RequestKey(), tried: [])?.index == 0)
    }
}
