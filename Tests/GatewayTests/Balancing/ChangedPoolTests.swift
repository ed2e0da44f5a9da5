// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

/// A pool after its configuration has changed.
@Suite struct ChangedPoolTests {
    private func configuration(_ numbers: [Int], weights: Int = 1) -> PoolConfiguration {
        let all = makeBackends(70)
        var pool = PoolConfiguration(name: "web", backends: numbers.map { all[$0] })
        for index in pool.backends.indices { pool.backends[index].weight = weights }
        return pool
    }

    @Test func requestsInFlightAreOneNumberHoweverTheirBackendMoves() {
        let first = BackendPool(configuration([0, 1, 2]))
        first.backends[2].requestBegan()
        let second = BackendPool(configuration([2, 3, 0], weights: 5), after: first)
        let third = BackendPool(configuration(Array(3..<68) + [2]), after: second)
        #expect(second.backends.map(\.inFlight) == [1, 0, 0])
        third.backends[65].requestBegan()
        second.backends[0].requestBegan()
        #expect(first.backends[2].inFlight == 3 && third.measures.inFlight.row(1)[1] == 3)
        for backend in [third.backends[65], first.backends[2], second.backends[0]] { backend.requestEnded() }
        #expect(third.backends[65].inFlight == 0)
    }

    @Test func theLastPlaceIsGivenOnceThoughOldAndNewAsk() throws {
        var limited = configuration([0])
        limited.backends[0].maxConnections = 1000
        let old = BackendPool(limited)
        let new = BackendPool(limited, after: old)
        let admitted = Monitor(0)
        try onThreads(4) { number in
            let backend = (number % 2 == 0 ? old : new).backends[0]
            for _ in 0..<500 where backend.admitRequest() { admitted.change { $0 += 1 } }
        }
        #expect(admitted.read { $0 } == 1000)
        #expect(new.backends[0].inFlight == 1000)
    }

    @Test func aBackendThatIsReachedInAnotherWayIsAnother() {
        let old = BackendPool(configuration([0, 1]))
        old.backends[0].requestBegan()
        var changed = configuration([0, 1])
        changed.backends[0].options.host = "api.internal"
        let new = BackendPool(changed, after: old)
        #expect(new.backends[0].inFlight == 0)
        #expect(new.places(in: old) == [nil, 1])
        #expect(new.place(of: old.backends[0]) == nil && new.place(of: old.backends[1]) == 1)
    }

    @Test func aBackendIsTheSameWhateverCredentialsItIsShown() throws {
        var configuration = configuration([0, 1])
        configuration.backends[0].options.tls.keyFile = try FileCopy(of: "/key.pem", [1])
        let old = BackendPool(configuration)
        old.backends[0].requestBegan()
        configuration.backends[0].options.tls.keyFile = try FileCopy(of: "/key.pem", [2])
        configuration.backends[1].options.awsSigV4 = AWSSigningConfiguration(
            accessKey: "a",
            secretKey: "b",
            region: "r",
            service: "s"
        )
        let new = BackendPool(configuration, after: old)
        #expect(new.backends[0].inFlight == 1)
        #expect(new.places(in: old) == [0, 1])
        old.backends[0].requestEnded()
    }

    @Test func turnsGoOn() throws {
        let balancer = try #require(LoadBalancer(configuration([0, 1, 2])))
        for _ in 0..<2 { balancer.pick(for: RequestKey(), tried: []).backend?.requestEnded() }
        let next = try #require(LoadBalancer(configuration([0, 1, 2], weights: 1), after: balancer))
        #expect(next.pick(for: RequestKey(), tried: []).backend?.index == 2)
    }

    @Test func aCookieIsGoodWithTheSecretThatWasMade() throws {
        let first = StickyCookie(StickyConfiguration(), pool: "web")
        var changed = StickyConfiguration()
        changed.path = "/app"
        let second = StickyCookie(changed, pool: "web", after: first)
        let value = try #require(first.value(for: 7, at: 1))
        #expect(second.backend(in: value.span, at: 1) == 7)
        changed.secret = Array("0123456789abcdef0123456789abcdef".utf8)
        let third = StickyCookie(changed, pool: "web", after: second)
        #expect(third.backend(in: value.span, at: 1) == nil)
    }
}
