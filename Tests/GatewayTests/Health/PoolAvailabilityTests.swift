// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct PoolAvailabilityTests {
    private func pool(_ backends: Int, _ change: (inout OutlierConfiguration) -> Void = { _ in }) -> PoolAvailability {
        var outlier = OutlierConfiguration()
        change(&outlier)
        return PoolAvailability(HealthCheckConfiguration(), outlier, backends: backends)
    }

    private func good(_ pool: inout PoolAvailability, _ index: Int, at time: UInt64) {
        _ = pool.update(index, at: time, .status(200)) { $0.pingSucceeded(startedAt: time) }
    }

    private func bad(_ pool: inout PoolAvailability, _ index: Int, at time: UInt64) {
        _ = pool.update(index, at: time, .error("Connection refused")) { $0.failedWhileProxying(at: time) }
    }

    private func news(_ pool: inout PoolAvailability) -> [String] {
        pool.takeNews().map { "\($0.index) \($0.isHealthy ? "in" : "out"): \($0.reason)" }
    }

    @Test func whoIsHealthyAndNotEjectedIsAvailable() {
        var pool = pool(3)
        pool.serverErrors(inARow: 5, of: 0, at: 1)
        #expect(!pool.isAvailable(0))
        // A good ping is not what it was ejected for.
        good(&pool, 0, at: 2)
        #expect(!pool.isAvailable(0))
        bad(&pool, 0, at: 3)
        #expect(pool.tick(at: 31_000_000_000) { [] } == [0])
        #expect(!pool.isAvailable(0), "its time is up, but it is down")
        good(&pool, 0, at: 32_000_000_000)
        #expect(pool.isAvailable(0))
    }

    @Test func newsTellWhyAndAreToldOnce() {
        var pool = pool(2)
        good(&pool, 0, at: 1)
        good(&pool, 1, at: 1)
        pool.serverErrors(inARow: 5, of: 1, at: 2)
        _ = pool.tick(at: 30_000_000_002) { [] }
        bad(&pool, 0, at: 30_000_000_003)
        #expect(
            news(&pool) == [
                "0 in: status: 200", "1 in: status: 200", "1 out: ejected for 30s: 5 responses of 5xx in a row",
                "1 in: back after an ejection of 30s", "0 out: Connection refused",
            ]
        )
        #expect(news(&pool) == [])
        #expect(pool.lastChange(of: 0)?.reason == "Connection refused")
        #expect(pool.lastChange(of: 0)?.time == 30_000_000_003)
    }

    @Test func theLastThatIsThereIsNotEjected() {
        var pool = pool(2) { $0.maximumEjectedPercent = 100 }
        bad(&pool, 0, at: 1)
        pool.serverErrors(inARow: 50, of: 1, at: 2)
        #expect(pool.isAvailable(1))
    }

    @Test func whoIsEjectedIsCalledBackWhenTheLastOtherGoesDown() {
        var pool = pool(3)
        pool.serverErrors(inARow: 5, of: 2, at: 1)
        bad(&pool, 0, at: 2)
        #expect(!pool.isAvailable(2))
        bad(&pool, 1, at: 3)
        #expect(pool.isAvailable(2))
        #expect(news(&pool).last == "2 in: back early from its ejection: no other backend is left")
    }

    @Test func reasonsAreBounded() {
        let change = HealthChange(
            index: 0,
            isHealthy: false,
            finding: .error(String(repeating: "é", count: 500)),
            time: 0
        )
        #expect(change.reason.utf8.count <= HealthChange.reasonLimit)
    }

    @Test func failuresInARowTakeABackendOutAndAGoodAnswerBreaksTheRow() {
        var check = HealthCheckConfiguration()
        check.passiveFall = 3
        let health = PoolHealth(pool: makePool(of: 2, healthCheck: check))
        let backend = health.pool.backends[0]
        #expect(health.watchesAnswers)
        for time in 1...2 as ClosedRange<UInt64> {
            #expect(health.failedWhileProxying(backend, at: time, reason: "reset") == nil)
        }
        health.answered(backend, status: 200, latency: 1, at: 3)
        for time in 4...5 as ClosedRange<UInt64> {
            #expect(health.failedWhileProxying(backend, at: time, reason: "reset") == nil)
        }
        #expect(health.failedWhileProxying(backend, at: 6, reason: "reset") == .becameUnhealthy)
        #expect(!health.pool.isAvailable(0))
    }

    @Test func workersEjectAtOnceAndTheTimerBringsBack() throws {
        let health = PoolHealth(pool: makePool(of: 3), outlier: OutlierConfiguration())
        let backend = health.pool.backends[1]
        for time in 1...4 as ClosedRange<UInt64> { health.answered(backend, status: 500, latency: 1, at: time) }
        health.answered(backend, status: 200, latency: 1, at: 5)
        for time in 6...9 as ClosedRange<UInt64> { health.answered(backend, status: 500, latency: 1, at: time) }
        #expect(health.pool.isAvailable(1))
        health.answered(backend, status: 503, latency: 1, at: 10)
        #expect(!health.pool.isAvailable(1))
        #expect(health.isEjected(backend))
        let next = try #require(health.tick(at: 11))
        #expect(next <= 30_000_000_010)
        _ = health.tick(at: 30_000_000_010)
        #expect(health.pool.isAvailable(1))
    }

    @Test func failuresAndLatencyAreCountedAcrossThreads() throws {
        var outlier = OutlierConfiguration()
        outlier.consecutive5xx = nil
        outlier.failurePercent = 40
        let health = PoolHealth(pool: makePool(of: 2), outlier: outlier)
        try onThreads(4) { number in
            for count in 0..<1000 {
                health.answered(health.pool.backends[0], status: 200, latency: 1_000_000, at: 1)
                let isBad = count % 2 == 0
                health.answered(health.pool.backends[1], status: isBad ? 500 : 200, latency: 1_000_000, at: 1)
            }
        }
        _ = health.tick(at: 2)
        #expect(
            health.takeNews().map(\.change.reason) == ["ejected for 30s: 50% of 4000 requests failed within 10s"]
        )
    }
}
