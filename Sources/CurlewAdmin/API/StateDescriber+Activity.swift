// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What has happened of late.
extension StateDescriber {
    // MARK: Requests

    /// How many requests are over.
    static func requests(_ counters: [UInt64]) -> UInt64 {
        (0..<PoolLayout.methods * PoolLayout.classes).reduce(0) { $0 + counters[PoolLayout.requests + $1] }
    }

    /// The same by the class of the status that the client got.
    static func responses(_ counters: [UInt64]) -> JSON {
        .object(
            (0..<PoolLayout.classes).map { digit in
                let count = (0..<PoolLayout.methods).reduce(UInt64(0)) {
                    $0 + counters[PoolLayout.requests + $1 * PoolLayout.classes + digit]
                }
                return (digit == 0 ? "none" : "\(digit)xx", .count(count))
            }
        )
    }

    // MARK: History

    /// The last five minutes of every backend.
    var history: JSON {
        let pools = monitor.pools
        let backends = pools.flatMap { pool in
            pool.backends.map { backend in
                let points = monitor.history(of: backend)
                return JSON.object([
                    ("pool", .string(pool.name)),
                    ("id", .string(backend.id)),
                    ("requests", .array(points.map { .count(UInt64($0.requests)) })),
                    ("failures", .array(points.map { .count(UInt64($0.failures)) })),
                    ("p50", .array(points.map { StateDescriber.seconds($0.p50) })),
                    ("p99", .array(points.map { StateDescriber.seconds($0.p99) })),
                ])
            }
        }
        return .object([
            ("interval_seconds", .number(GatewayMonitor.historyInterval)),
            ("until", .text(monitor.historyEnd(of: pools.flatMap(\.backends))?.text)),
            ("backends", .array(backends)),
        ])
    }

    /// To the microsecond.
    private static func seconds(_ value: Float) -> JSON {
        value.isFinite ? .number((Double(value) * 1_000_000).rounded() / 1_000_000) : .null
    }

    // MARK: Limits

    /// At most a thousand.
    var limits: JSON {
        let limits = monitor.limits.prefix(1000).map { limit in
            JSON.object([
                ("name", .string(limit.name)),
                ("requests", .count(limit.configuration.requests)),
                ("period_seconds", .number(limit.period)),
                ("burst", .count(limit.configuration.burst)),
                ("by", .string(StateDescriber.text(limit.configuration.key))),
                ("dry_run", .boolean(limit.configuration.isDryRun)),
                ("requests_total", .count(limit.decided)),
                ("exceeded_total", .count(limit.exceeded)),
            ])
        }
        return .object([("limits", .array(limits))])
    }

    private static func text(_ key: RateLimitConfiguration.Key) -> String {
        switch key {
        case .clientAddress: "client_ip"
        case .header(let name): "header: \(name)"
        case .all: "route"
        }
    }

    // MARK: Changes

    /// The last hundred, the latest first.
    var changes: JSON {
        let (health, configurations) = monitor.changes
        let all =
            health.map { (time: $0.time.text, change: JSON.object([("health", StateDescriber.health($0))])) }
            + configurations.map {
                (time: $0.time.text, change: JSON.object([("configuration", StateDescriber.configuration($0))]))
            }
        let latest = all.sorted { $0.time > $1.time }.prefix(100).map(\.change)
        return .object([("changes", .array(latest))])
    }

    static func health(_ event: GatewayMonitor.HealthEvent) -> JSON {
        .object([
            ("time", .string(event.time.text)), ("pool", .string(event.pool)), ("backend", .string(event.backend)),
            ("state", .string(event.isHealthy ? "healthy" : "unhealthy")), ("reason", .string(event.reason)),
        ])
    }

    static func configuration(_ event: ConfigurationEvent) -> JSON {
        .object([
            ("time", .string(event.time.text)),
            ("outcome", .string(event.isApplied ? "applied" : "refused")),
            ("text", .string(event.text)),
        ])
    }
}
