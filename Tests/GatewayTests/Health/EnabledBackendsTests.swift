// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Backends that an operator has taken out: they get nothing, and what is known of their health goes on.
@Suite struct EnabledBackendsTests {
    private let check = HealthCheckConfiguration()

    private func good(_ pool: inout PoolAvailability, _ index: Int) {
        _ = pool.update(index, at: 1, .status(200)) { $0.pingSucceeded(startedAt: 1) }
    }

    private func bad(_ pool: inout PoolAvailability, _ index: Int) {
        _ = pool.update(index, at: 1, .error("Connection refused")) { $0.failedWhileProxying(at: 1) }
    }

    private func configuration(
        _ count: Int,
        disabled: [Int],
        _ change: (inout PoolConfiguration) -> Void = { _ in }
    ) -> PoolConfiguration {
        var configuration = makeConfiguration(weights: Array(repeating: 1, count: count))
        for index in disabled { configuration.backends[index].isEnabled = false }
        change(&configuration)
        return configuration
    }

    // MARK: Health

    @Test func healthGoesOnAndIsToldWhileNobodyIsSentThere() {
        var pool = PoolAvailability(check, nil, backends: 2, disabled: [0])
        good(&pool, 0)
        good(&pool, 1)
        #expect(!pool.isAvailable(0) && pool.status(of: 0) == .healthy)
        #expect(pool.takeNews().map(\.isHealthy) == [true, true])
        bad(&pool, 0)
        #expect(pool.takeNews().map(\.isHealthy) == [false])
        let enabled = pool.changed(check, nil, [0, 1])
        #expect(!enabled.isAvailable(0) && enabled.isAvailable(1))
    }

    @Test func takingOutAndPuttingBackIsNoNewsOfItsHealth() {
        var pool = PoolAvailability(check, nil, backends: 2)
        good(&pool, 0)
        good(&pool, 1)
        _ = pool.takeNews()
        var out = pool.changed(check, nil, [0, 1], disabled: [1])
        #expect(out.isAvailable(0) && !out.isAvailable(1) && out.status(of: 1) == .healthy)
        #expect(out.takeNews().isEmpty)
        var back = out.changed(check, nil, [0, 1])
        #expect(back.isAvailable(1) && back.takeNews().isEmpty)
    }

    @Test func whoIsTakenOutIsNoReasonToSpareAnotherAndNoHelp() {
        // The only one that answers well is out, so the other is not ejected.
        var pool = PoolAvailability(check, OutlierConfiguration(), backends: 2, disabled: [1])
        pool.serverErrors(inARow: 5, of: 0, at: 1)
        #expect(pool.isAvailable(0))
        // Of whom nothing is known is tried when the only other one is out.
        let alone = PoolAvailability(check, nil, backends: 1).changed(check, nil, [0, nil], disabled: [0])
        #expect(!alone.isAvailable(0) && alone.isAvailable(1))
    }

    @Test func oneThatIsNewAndOutIsNotTriedUnpingedWhenItIsEnabled() {
        var pool = PoolAvailability(check, nil, backends: 1)
        good(&pool, 0)
        let added = pool.changed(check, nil, [0, nil], disabled: [1])
        let enabled = added.changed(check, nil, [0, 1])
        #expect(enabled.isAvailable(0) && !enabled.isAvailable(1))
    }

    // MARK: Picks

    @Test(arguments: StrategyRegistry.names, [3, 130])
    func noStrategyPicksOne(name: String, count: Int) throws {
        let configuration = configuration(count, disabled: [0, count - 1]) { $0.strategy = name }
        let balancer = try #require(LoadBalancer(configuration))
        for number in 0..<(4 * count) {
            var key = RequestKey()
            key.hash = StableHash.hash("\(number)")
            let backend = try #require(balancer.pick(for: key, tried: []).backend)
            #expect(backend.isEnabled)
        }
    }

    @Test func aClientThatStaysWithOneGoesElsewhere() throws {
        let balancer = try #require(LoadBalancer(configuration(2, disabled: [0])))
        var key = RequestKey()
        key.preferred = 0
        #expect(balancer.pick(for: key, tried: []).backend?.index == 1)
    }

    @Test(arguments: [3, 130]) func neitherDoesAPoolThatTriesAnywayWhenAllAreDown(count: Int) {
        let pool = BackendPool(configuration(count, disabled: [1, count - 1]) { $0.whenAllDown = .tryAnyway })
        pool.setAvailable(0..<count, false)
        #expect(pool.candidateIndices() == Array(0..<count).filter { $0 != 1 && $0 != count - 1 })
    }

    @Test func backupsStandInForThoseThatAreOut() {
        let pool = BackendPool(configuration(3, disabled: [0, 1]) { $0.backends[2].isBackup = true })
        #expect(pool.candidateIndices() == [2])
    }

    @Test func whoIsPutBackStartsSlowly() throws {
        let slow: (inout PoolConfiguration) -> Void = { $0.slowStart = .seconds(10) }
        let out = BackendPool(configuration(2, disabled: [1], slow))
        let before = PoolHealth(pool: out)
        let pool = BackendPool(configuration(2, disabled: [], slow), after: out)
        PoolHealth(pool: pool, after: before).takeOver()
        #expect(pool.isAvailable(1))
        #expect(pool.progress(of: 0, at: 1) == SlowStart.full && pool.progress(of: 1, at: 1) == SlowStart.least)
    }

    @Test func nobodyIsLeftWhenAllAreOut() throws {
        let balancer = try #require(LoadBalancer(configuration(2, disabled: [0, 1]) { $0.whenAllDown = .tryAnyway }))
        guard case .noneAvailable = balancer.pick(for: RequestKey(), tried: []) else {
            Issue.record("one was picked")
            return
        }
    }
}
