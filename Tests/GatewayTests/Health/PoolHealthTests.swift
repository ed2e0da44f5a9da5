// SPDX-License-Identifier: Apache-2.0

import Gateway
import Synchronization
import Testing

@Suite struct PoolHealthTests {
    @Test func publishesTransitionsInThePool() {
        let health = PoolHealth(pool: makePool(of: 3))
        let backend = health.pool.backends[1]
        #expect(health.status(of: backend) == .unknown)
        #expect(health.pool.isAvailable(1), "until the first ping says otherwise")

        #expect(health.pingFailed(backend, startedAt: 1) == .becameUnhealthy)
        #expect(health.pool.candidateIndices() == [0, 2])
        #expect(health.pingSucceeded(backend, startedAt: 2) == .becameHealthy)
        #expect(health.pool.candidateIndices() == [0, 1, 2])
        #expect(health.failedWhileProxying(backend, at: 3) == .becameUnhealthy)
        #expect(health.pool.candidateIndices() == [0, 2])
    }

    @Test func thresholdsComeFromThePoolsConfiguration() {
        let pool = makePool(of: 1, healthCheck: HealthCheckConfiguration(rise: 2, fall: 2))
        let health = PoolHealth(pool: pool)
        #expect(health.pingSucceeded(pool.backends[0], startedAt: 1) == .becameHealthy)
        #expect(health.pingFailed(pool.backends[0], startedAt: 2) == nil)
        #expect(pool.isAvailable(0))
        #expect(health.pingFailed(pool.backends[0], startedAt: 3) == .becameUnhealthy)
        #expect(health.pingSucceeded(pool.backends[0], startedAt: 4) == nil)
        #expect(!pool.isAvailable(0))
    }

    @Test func ofManyRequestsThatFailTogetherOneIsToldTheTransition() throws {
        let health = PoolHealth(pool: makePool(of: 2))
        let counter = TransitionCounter()
        try onThreads(8) { number in
            for attempt in 0..<1000 {
                counter.add(health.failedWhileProxying(health.pool.backends[0], at: UInt64(number * 1000 + attempt)))
            }
        }
        #expect(counter.unhealthy == 1)
        #expect(counter.healthy == 0)
    }

    /// Pings and failures of several threads: the transitions alternate, so there is one more of the last kind at most,
    /// and the bitmap agrees with the state when all is quiet.
    @Test func pingsAndFailuresOfManyThreadsLeaveStateAndBitmapInAgreement() throws {
        let health = PoolHealth(pool: makePool(of: 2))
        let backend = health.pool.backends[1]
        let counter = TransitionCounter()
        try onThreads(4) { number in
            for time in 0..<20_000 as Range<UInt64> {
                switch number {
                case 0: counter.add(health.pingSucceeded(backend, startedAt: time))
                case 1: counter.add(health.failedWhileProxying(backend, at: time / 2))
                case 2: counter.add(health.pingFailed(backend, startedAt: time))
                default: _ = health.pool.candidates(excluding: []).count
                }
            }
        }
        #expect(abs(counter.healthy - counter.unhealthy) <= 1)
        #expect(counter.healthy + counter.unhealthy >= 1)
        #expect(health.pool.isAvailable(1) == (health.status(of: backend) == .healthy))
    }
}

/// How many transitions of each kind all threads were told.
private final class TransitionCounter: Sendable {
    private let becameHealthy = Atomic<Int>(0)
    private let becameUnhealthy = Atomic<Int>(0)
    var healthy: Int { becameHealthy.load(ordering: .relaxed) }
    var unhealthy: Int { becameUnhealthy.load(ordering: .relaxed) }

    func add(_ transition: HealthTransition?) {
        switch transition {
        case .becameHealthy: becameHealthy.add(1, ordering: .relaxed)
        case .becameUnhealthy: becameUnhealthy.add(1, ordering: .relaxed)
        case nil: break
        }
    }
}
