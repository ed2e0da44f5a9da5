// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// What the control loop does for each pool beside the requests: pings, ejections, limits that follow how fast backends are.
final class PoolWatches {
    private struct Watch {
        let pool: SharedPool
        let health: HealthChecker
        var outliers: OutlierWatch?
        var concurrency: ConcurrencyWatch?
    }

    private let loop: EventLoop
    private let log: AccessLog
    private var watches: [String: Watch] = [:]

    init(on loop: EventLoop, log: AccessLog) {
        self.loop = loop
        self.log = log
    }

    /// What is needed to watch the pools of one snapshot.
    struct Prepared {
        fileprivate var checks: [String: (checker: HealthChecker, pings: HealthChecker.Prepared)] = [:]
    }

    /// Makes what is needed to watch the pools of `snapshot`, and changes nothing yet.
    ///
    /// - Throws: libcurl cannot ping a backend, for lack of memory or of a feature.
    func prepare(_ snapshot: Snapshot) throws -> Prepared {
        var prepared = Prepared()
        for pool in snapshot.pools where watches[pool.pool.name]?.pool !== pool {
            let checker = watches[pool.pool.name]?.health ?? makeChecker(of: pool)
            prepared.checks[pool.pool.name] = (checker, try checker.prepare(pool.health))
        }
        return prepared
    }

    private func makeChecker(of pool: SharedPool) -> HealthChecker {
        let checker = HealthChecker(pool.health, on: loop) { [log] backend, isHealthy, finding in
            log.health(backend: backend.name, healthy: isHealthy, finding: finding)
        }
        checker.signing = { backend in
            backend.options.awsSigV4.map { aws in
                let signer = RequestSigner(aws)
                return { signer.sign($0, $1) }
            }
        }
        return checker
    }

    /// Watches these pools from now on, and no others. Pools that have not changed are watched as before.
    func watch(_ snapshot: Snapshot, _ prepared: Prepared) {
        let old = watches
        watches = [:]
        for pool in snapshot.pools {
            let name = pool.pool.name
            if let check = prepared.checks[name] {
                watches[name] = begin(pool, check.checker, after: old[name])
                check.checker.ping(check.pings)
            } else {
                watches[name] = old[name]
            }
        }
        for (name, watch) in old where watches[name] == nil {
            watch.health.stop()
            watch.outliers?.stop()
            watch.concurrency?.stop()
        }
    }

    private func begin(_ pool: SharedPool, _ checker: HealthChecker, after old: Watch?) -> Watch {
        var watch = Watch(pool: pool, health: checker)
        old?.outliers?.stop()
        if let outlier = pool.outlier {
            watch.outliers = OutlierWatch(pool.health, outlier, on: loop) { [log] in log.news(of: pool.health) }
            watch.outliers?.start()
        }
        if let gate = pool.gate, let adaptive = pool.configuration.adaptiveConcurrency {
            if let concurrency = old?.concurrency, concurrency.watches(gate) {
                concurrency.change(to: adaptive)
                watch.concurrency = concurrency
            } else {
                watch.concurrency = ConcurrencyWatch(gate, AdaptiveLimit(adaptive), on: loop)
                watch.concurrency?.start()
            }
        }
        if watch.concurrency == nil { old?.concurrency?.stop() }
        return watch
    }

    /// Ends all that is on its way.
    func stop() {
        for watch in watches.values {
            watch.health.stop()
            watch.outliers?.stop()
            watch.concurrency?.stop()
        }
        watches = [:]
    }
}
