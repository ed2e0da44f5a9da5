// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What is known of the gateway, in the words of the admin API.
struct StateDescriber {
    let monitor: GatewayMonitor
    private let overrides: Overrides

    init(_ monitor: GatewayMonitor, _ control: GatewayControl) {
        self.monitor = monitor
        overrides = control.state?.overrides ?? Overrides()
    }

    // MARK: The gateway

    func status(version: String) -> JSON {
        let (status, requests) = (monitor.status, monitor.requests)
        let refused = ConnectionRefusal.allCases.map { refusal in
            (refusal.label, JSON.count(status.counters[WorkerLayout.refused + refusal.rawValue]))
        }
        return .object([
            ("version", .string(version)),
            ("libcurl", .string(status.libcurl)),
            ("state", .string(status.stage.rawValue)),
            ("ready", .boolean(monitor.isReady)),
            ("uptime_seconds", .number(Double(status.uptime) / 1e9)),
            ("workers", .count(status.workers)),
            ("configuration", .count(status.configuration)),
            (
                "connections",
                .object([
                    ("open", .count(status.openConnections)),
                    ("maximum", .count(status.maximumConnections)),
                    ("accepted_total", .count(status.counters[WorkerLayout.accepted])),
                    ("refused_total", .object(refused)),
                ])
            ),
            ("requests_total", .count(StateDescriber.requests(requests))),
            ("responses_total", StateDescriber.responses(requests)),
            ("errors_total", reasons(requests, at: PoolLayout.errors)),
            ("dropped_log_records_total", .count(status.droppedRecords)),
        ])
    }

    var errors: JSON {
        let failures = monitor.failures.prefix(100).map { failure in
            JSON.object([
                ("time", .string(failure.time.text)),
                ("request_id", .string(failure.requestID)),
                ("method", .string(failure.method)),
                ("target", .string(failure.target)),
                ("pool", .text(failure.pool)),
                ("backend", .text(failure.backend)),
                ("reason", .string(failure.reason)),
                ("attempts", .count(failure.attempts)),
                ("retrying_on", .text(failure.next)),
            ])
        }
        return .object([("errors", .array(Array(failures)))])
    }

    // MARK: Pools

    var pools: JSON { .object([("pools", .array(monitor.pools.map { pool($0) }))]) }

    func pool(named name: String) throws(Problem) -> JSON {
        pool(try find(name))
    }

    func backend(_ id: String, ofPool name: String) throws(Problem) -> JSON {
        .object(try members(ofBackend: id, ofPool: name))
    }

    func members(ofBackend id: String, ofPool name: String) throws(Problem) -> [(String, JSON)] {
        let pool = try find(name)
        guard let backend = pool.backends.first(where: { $0.id == id }) else {
            throw Problem(status: 404, detail: "pool \(name) has no backend with this id; see /v1/pools/\(name)")
        }
        return members(of: backend, in: pool) + details(of: backend)
    }

    private func find(_ name: String) throws(Problem) -> PoolReport {
        guard let pool = monitor.pools.first(where: { $0.name == name }) else {
            throw Problem(status: 404, detail: "there is no pool of this name; see /v1/pools")
        }
        return pool
    }

    private func pool(_ pool: PoolReport) -> JSON {
        func count(_ index: Int) -> JSON { .count(pool.counters[index]) }
        return .object([
            ("name", .string(pool.name)),
            ("strategy", .string(pool.strategy)),
            ("state", .string(pool.isLeaving ? "leaving" : pool.canServe ? "serving" : "down")),
            ("in_flight", .count(pool.inFlight)),
            ("queued", pool.queueLength.map { .count($0) } ?? .null),
            ("requests_total", .count(StateDescriber.requests(pool.counters))),
            ("responses_total", StateDescriber.responses(pool.counters)),
            ("retries_total", count(PoolLayout.retries)),
            ("hedges_total", count(PoolLayout.hedges)),
            ("bytes_received_total", count(PoolLayout.bytesReceived)),
            ("bytes_sent_total", count(PoolLayout.bytesSent)),
            ("errors_total", reasons(pool.counters, at: PoolLayout.errors)),
            ("last_minute", lastMinute(monitor.lastMinute(of: pool))),
            ("backends", .array(pool.backends.map { .object(members(of: $0, in: pool)) })),
        ])
    }

    private func members(of backend: BackendReport, in pool: PoolReport) -> [(String, JSON)] {
        let last = backend.health.record.changes.last
        return [
            ("id", .string(backend.id)),
            ("url", .string(backend.label)),
            ("pool", .string(pool.name)),
            ("state", .string(backend.state)),
            ("reason", .text(last?.reason)),
            ("since", .text(last.map { GatewayMonitor.wallTime(of: $0.time).text })),
            ("in_flight", .count(backend.inFlight)),
            ("max_connections", backend.maximumInFlight.map { .count($0) } ?? .null),
            ("weight", .count(backend.weight)),
            ("backup", .boolean(backend.isBackup)),
            ("enabled", .boolean(backend.isEnabled)),
            ("overridden", .array(overrides.names(of: backend.id, in: pool.name).map(JSON.string))),
            ("attempts_total", .count(backend.counters[BackendLayout.attempts])),
            ("failures_total", .count(backend.counters[BackendLayout.failures])),
            ("last_minute", lastMinute(monitor.lastMinute(of: backend))),
        ]
    }

    private func details(of backend: BackendReport) -> [(String, JSON)] {
        func count(_ index: Int) -> JSON { .count(backend.counters[index]) }
        let responses = (1...5).map { ("\($0)xx", count(BackendLayout.responses + $0 - 1)) }
        let changes = backend.health.record.changes.reversed().map { change in
            JSON.object([
                ("time", .string(GatewayMonitor.wallTime(of: change.time).text)),
                ("state", .string(change.isHealthy ? "healthy" : "unhealthy")),
                ("reason", .string(change.reason)),
            ])
        }
        return [
            ("responses_total", .object(responses)),
            ("errors_total", reasons(backend.counters, at: BackendLayout.errors)),
            ("connections_total", count(BackendLayout.connections)),
            ("bytes_sent_total", count(BackendLayout.bytesSent)),
            ("bytes_received_total", count(BackendLayout.bytesReceived)),
            ("ejections_total", .count(backend.health.record.ejections)),
            ("transitions", .array(changes)),
        ]
    }

    /// Those that have come.
    private func reasons(_ counters: [UInt64], at place: Int) -> JSON {
        .object(
            FailureReason.allCases.compactMap { reason in
                let count = counters[place + reason.rawValue]
                return count > 0 ? (reason.label, .count(count)) : nil
            }
        )
    }

    private func lastMinute(_ summary: LatencyWindow.Summary) -> JSON {
        func seconds(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
        return .object([
            ("requests_per_second", .number(summary.requestsPerSecond)),
            ("error_rate", .number(summary.errorShare)),
            (
                "latency_seconds",
                .object([
                    ("p50", seconds(summary.p50)), ("p90", seconds(summary.p90)), ("p99", seconds(summary.p99)),
                ])
            ),
        ])
    }
}

extension BackendReport {
    /// In one word.
    var state: String { isLeaving ? "leaving" : health.word }
}
