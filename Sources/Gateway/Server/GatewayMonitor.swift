// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor
internal import Synchronization

/// What is known of a running gateway, for whoever asks from another thread. Nothing here makes a worker wait, but for the
/// moment in which the list of failures is copied.
package final class GatewayMonitor: Sendable {
    private let shared: SharedState
    private let sink: LogSink
    private let workers: Int
    private let began = MonotonicTime.now()
    private let curlVersion: String

    init(_ snapshot: Snapshot, workers: Int, sink: LogSink) {
        shared = snapshot.shared
        self.workers = workers
        self.sink = sink
        curlVersion = Gateway.libcurlVersion
    }

    var registry: MetricsRegistry { shared.metrics }

    // MARK: Whole

    /// Whether clients should be sent here: it serves, and some pool can.
    package var isReady: Bool {
        stage == .serving
            && registry.pools.present.contains { pool in
                pool.health.report.contains { $0.isAvailable && $0.status == .healthy }
            }
    }

    package var stage: GatewayStatus.Stage {
        guard registry.present.number > 0 else { return .starting }
        return switch shared.stage {
        case .serving: .serving
        case .leaving: .leaving
        case .draining: .draining
        }
    }

    package var status: GatewayStatus {
        let present = registry.present
        return GatewayStatus(
            stage: stage,
            libcurl: curlVersion,
            workers: workers,
            uptime: MonotonicTime.now().nanoseconds(since: began),
            openConnections: shared.connections.load(ordering: .relaxed),
            maximumConnections: present.maximumClients,
            configuration: present.number,
            droppedRecords: sink.droppedRecords,
            counters: registry.workers.sums
        )
    }

    /// The requests that go to no pool, by ``PoolLayout``.
    package var unpooled: [UInt64] { registry.unpooled.counters.sums }

    /// The last failures, the latest first.
    package var failures: [FailureReport] { registry.failures?.latest ?? [] }

    // MARK: Pools

    /// All pools in the order of the configuration, then those that only finish what they have.
    package var pools: [PoolReport] {
        let (present, earlier) = registry.pools
        var seen = Set(present.flatMap { $0.backendMetrics.map(ObjectIdentifier.init) })
        var reports = present.map { pool in
            let former = earlier.filter { $0.metrics === pool.metrics }
            return report(on: pool, leaving: former.flatMap { leaving(in: $0, except: &seen) })
        }
        for pool in earlier where !present.contains(where: { $0.metrics === pool.metrics }) {
            let backends = leaving(in: pool, except: &seen)
            if backends.isEmpty || reports.contains(where: { $0.name == pool.pool.name }) { continue }
            reports.append(report(on: pool, leaving: backends, isLeaving: true))
        }
        return reports
    }

    private func report(on pool: SharedPool, leaving: [BackendReport], isLeaving: Bool = false) -> PoolReport {
        var backends: [BackendReport] = []
        if !isLeaving {
            let health = pool.health.report
            backends = pool.pool.backends.indices.map { report(on: $0, of: pool, health[$0]) }
        }
        return PoolReport(
            name: pool.pool.name,
            strategy: pool.configuration.strategy,
            counters: pool.metrics.counters.sums,
            backends: backends + leaving,
            queueLength: pool.queue?.length,
            gate: pool.gate.map { ($0.active, $0.currentLimit) },
            isLeaving: isLeaving
        )
    }

    /// Those that have something in flight and are in no configuration any more.
    private func leaving(in pool: SharedPool, except seen: inout Set<ObjectIdentifier>) -> [BackendReport] {
        var reports: [BackendReport] = []
        for backend in pool.pool.backends where backend.inFlight > 0 {
            guard seen.insert(ObjectIdentifier(pool.backendMetrics[backend.index])).inserted else { continue }
            reports.append(report(on: backend.index, of: pool, BackendHealth(), isLeaving: true))
        }
        return reports
    }

    private func report(
        on index: Int,
        of pool: SharedPool,
        _ health: BackendHealth,
        isLeaving: Bool = false
    ) -> BackendReport {
        let backend = pool.pool.backends[index]
        let configuration = pool.configuration.backends[index]
        let metrics = pool.backendMetrics[index]
        return BackendReport(
            label: metrics.label,
            id: backend.id,
            weight: configuration.weight,
            isBackup: configuration.isBackup,
            isEnabled: configuration.isEnabled,
            maximumInFlight: configuration.maxConnections,
            inFlight: backend.inFlight,
            health: health,
            counters: metrics.counters.sums,
            isLeaving: isLeaving,
            metrics: metrics
        )
    }

    /// How many requests the backend with this id has in flight, and whether it may have more; `nil` where the present
    /// configuration does not have it.
    package func load(of id: String, in pool: String) -> (inFlight: Int, isEnabled: Bool)? {
        guard let identity = UInt64(id, radix: 16),
            let pool = registry.pools.present.first(where: { $0.pool.name == pool })?.pool
        else { return nil }
        return pool.index(of: identity).map { (pool.backends[$0].inFlight, pool.backends[$0].isEnabled) }
    }

    // MARK: The last minute

    /// How requests to the backend went in the last minute.
    package func lastMinute(of backend: BackendReport) -> LatencyWindow.Summary {
        let (window, age) = backend.metrics.lastMinute(at: MonotonicTime.now().nanoseconds)
        return window.summary(backend.counters, after: age)
    }

    /// How requests to all of the pool's backends went in the last minute.
    package func lastMinute(of pool: PoolReport) -> LatencyWindow.Summary {
        let now = MonotonicTime.now().nanoseconds
        var oldest: UInt64 = 0
        let parts = pool.backends.map { backend in
            let (window, age) = backend.metrics.lastMinute(at: now)
            oldest = max(oldest, age)
            return (window: window, sums: backend.counters)
        }
        return LatencyWindow.summary(parts, after: oldest)
    }

    // MARK: Health

    /// A backend has come or gone.
    package struct HealthEvent: Sendable {
        package let pool: String
        /// Its URL.
        package let backend: String
        package let isHealthy: Bool
        package let reason: String
        package let time: WallTime
    }

    /// Which events somebody has seen.
    package struct Cursor: Sendable {
        fileprivate var counts: [String: Int] = [:]
        /// Of configurations.
        var configurations = 0
    }

    /// Where events that come from now on begin.
    package var cursor: Cursor {
        var cursor = Cursor()
        for pool in registry.pools.present { cursor.counts[pool.pool.name] = pool.health.changes(after: .max).count }
        cursor.configurations = registry.configurations.after(.max).count
        return cursor
    }

    /// What has come since `cursor`, which is moved on, as far as it is remembered.
    package func events(after cursor: inout Cursor) -> [HealthEvent] {
        var events: [HealthEvent] = []
        for pool in registry.pools.present {
            let name = pool.pool.name
            let (changes, count) = pool.health.changes(after: cursor.counts[name] ?? 0)
            cursor.counts[name] = count
            events += changes.map { backend, change in
                HealthEvent(
                    pool: name,
                    backend: backend.description,
                    isHealthy: change.isHealthy,
                    reason: change.reason,
                    time: GatewayMonitor.wallTime(of: change.time)
                )
            }
        }
        return events
    }

    /// When something was by the wall clock, as far as that has not been set since: `time` is in nanoseconds of the monotonic
    /// clock.
    package static func wallTime(of time: UInt64) -> WallTime {
        let (now, wall) = (MonotonicTime.now().nanoseconds, WallTime.now())
        let total =
            wall.seconds * 1_000_000_000 + Int64(wall.nanoseconds) - Int64(clamping: now > time ? now - time : 0)
        return WallTime(seconds: total / 1_000_000_000, nanoseconds: Int32(total % 1_000_000_000))
    }
}

extension WallTime {
    /// As RFC 3339 has it, to the millisecond: `2026-01-01T12:00:00.123Z`.
    package var text: String {
        let stamp = CivilTime(seconds).timestamp
        let milliseconds = "\(1000 + nanoseconds / 1_000_000)".dropFirst()
        return String(decoding: stamp.indices.map { stamp[$0] }, as: UTF8.self) + ".\(milliseconds)Z"
    }
}
