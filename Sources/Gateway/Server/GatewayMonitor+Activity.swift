// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// What has happened of late, beside the state of things.
extension GatewayMonitor {
    // MARK: Requests

    /// All requests, also those that went to no pool, by ``PoolLayout``.
    package var requests: [UInt64] {
        let (present, earlier) = registry.pools
        var seen = Set<ObjectIdentifier>()
        var sums = unpooled
        for pool in present + earlier where seen.insert(ObjectIdentifier(pool.metrics)).inserted {
            for (index, count) in pool.metrics.counters.sums.enumerated() { sums[index] &+= count }
        }
        return sums
    }

    // MARK: History

    /// The last five minutes of a backend, the oldest point first: one for each ``historyInterval`` before ``historyEnd(of:)``.
    package func history(of backend: BackendReport) -> [BackendHistory.Point] {
        backend.metrics.history.points
    }

    /// How far the points of a history are apart, in seconds.
    package static var historyInterval: Double { Double(LatencyWindow.interval) / 1e9 }

    /// When the last point of any history ended; `nil` before the first has.
    package func historyEnd(of backends: [BackendReport]) -> WallTime? {
        let until = backends.map(\.metrics.history.until).max() ?? 0
        return until > 0 ? GatewayMonitor.wallTime(of: until) : nil
    }

    // MARK: Limits

    /// The rate limits of the present configuration, that of all requests first.
    package var limits: [LimitReport] {
        registry.limits.map { limit in
            let (configuration, counts) = (limit.configuration, limit.counts)
            return LimitReport(
                name: limit.name,
                configuration: configuration,
                period: Double(configuration.period.wholeNanoseconds) / 1e9,
                decided: counts.decided,
                exceeded: counts.exceeded
            )
        }
    }

    // MARK: Changes

    /// All changes of health and configuration that are remembered.
    package var changes: (health: [HealthEvent], configurations: [ConfigurationEvent]) {
        var cursor = Cursor()
        return (events(after: &cursor), configurations(after: &cursor))
    }

    /// Configurations that were applied or refused since `cursor`, which is moved on, as far as they are remembered.
    package func configurations(after cursor: inout Cursor) -> [ConfigurationEvent] {
        let (events, count) = registry.configurations.after(cursor.configurations)
        cursor.configurations = count
        return events
    }
}
