// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// What is known of backends when the configuration of their pool has changed.
@Suite struct ChangedAvailabilityTests {
    private let check = HealthCheckConfiguration()

    private func good(_ pool: inout PoolAvailability, _ index: Int) {
        _ = pool.update(index, at: 1, .status(200)) { $0.pingSucceeded(startedAt: 1) }
    }

    private func bad(_ pool: inout PoolAvailability, _ index: Int) {
        _ = pool.update(index, at: 1, .error("Connection refused")) { $0.failedWhileProxying(at: 1) }
    }

    @Test func whoStaysIsAsHeWasAndWhoIsNewWaitsForHisPing() {
        var pool = PoolAvailability(check, OutlierConfiguration(), backends: 3)
        good(&pool, 0)
        bad(&pool, 1)
        pool.serverErrors(inARow: 5, of: 2, at: 1)
        _ = pool.takeNews()
        var changed = pool.changed(check, OutlierConfiguration(), [2, nil, 1, 0])
        #expect((0..<4).map { changed.isAvailable($0) } == [false, false, false, true])
        #expect(changed.isEjected(0) && changed.status(of: 2) == .unhealthy && changed.status(of: 3) == .healthy)
        #expect(changed.lastChange(of: 2)?.index == 2 && changed.lastChange(of: 2)?.reason == "Connection refused")
        good(&changed, 1)
        #expect(changed.isAvailable(1))
        // What was not told yet is told of those who are still there.
        #expect(changed.takeNews().map(\.index) == [1])
    }

    @Test func whereNobodyElseIsThoseOfWhomNothingIsKnownAreTried() {
        var pool = PoolAvailability(check, nil, backends: 1)
        good(&pool, 0)
        var changed = pool.changed(check, nil, [nil, nil])
        #expect(changed.isAvailable(0) && changed.isAvailable(1))
        changed = pool.changed(check, nil, [0, nil])
        #expect(changed.isAvailable(0) && !changed.isAvailable(1))
        bad(&changed, 0)
        #expect(!changed.isAvailable(0) && changed.isAvailable(1))
    }

    @Test func pingsThatWereCountedStayCounted() {
        var strict = check
        strict.rise = 3
        var pool = PoolAvailability(strict, nil, backends: 1)
        bad(&pool, 0)
        _ = pool.update(0, at: 2, .status(200)) { $0.pingSucceeded(startedAt: 2) }
        strict.rise = 2
        var changed = pool.changed(strict, nil, [0])
        #expect(!changed.isAvailable(0))
        _ = changed.update(0, at: 3, .status(200)) { $0.pingSucceeded(startedAt: 3) }
        #expect(changed.isAvailable(0))
    }

    @Test func withoutOutliersNobodyStaysEjected() {
        var pool = PoolAvailability(check, OutlierConfiguration(), backends: 2)
        pool.serverErrors(inARow: 5, of: 0, at: 1)
        #expect(pool.changed(check, nil, [0, 1]).isAvailable(0))
    }

    @Test func whatIsToldOfABackendOfBeforeIsKnownOfItNow() {
        let old = makePool(of: 3)
        let before = PoolHealth(pool: old)
        let all = makeBackends(3)
        let new = BackendPool(PoolConfiguration(name: "web", backends: [all[2], all[0]]), after: old)
        let now = PoolHealth(pool: new, after: before)
        now.takeOver()
        #expect(before.failedWhileProxying(old.backends[2], at: 5) == .becameUnhealthy)
        #expect(!new.isAvailable(0) && new.isAvailable(1))
        // Nobody asks any more how this one is.
        #expect(before.failedWhileProxying(old.backends[1], at: 5) == nil)
        #expect(now.takeNews().map(\.backend.index) == [0])
    }
}
