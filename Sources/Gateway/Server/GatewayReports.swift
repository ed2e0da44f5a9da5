// SPDX-License-Identifier: Apache-2.0

/// One pool at one moment.
package struct PoolReport: Sendable {
    package let name: String
    package let strategy: String
    /// What was counted, by ``PoolLayout``.
    package let counters: [UInt64]
    package let backends: [BackendReport]
    /// Requests that wait for a backend with room; `nil` where none ever does.
    package let queueLength: Int?
    /// Requests that hold a place at the pool's gate, and how many may; `nil` where any number may.
    package let gate: (inUse: Int, limit: Int)?
    /// It is not of the present configuration, and only finishes what it has.
    package let isLeaving: Bool

    package var inFlight: Int { backends.reduce(0) { $0 + $1.inFlight } }

    /// Some backend may have requests, and is known to be well.
    package var canServe: Bool {
        backends.contains { !$0.isLeaving && $0.health.isAvailable && $0.health.status == .healthy }
    }
}

/// One backend at one moment.
package struct BackendReport: Sendable {
    /// Its URL, which a pool has once.
    package let label: String
    /// What stands for it in the paths of the admin API; see ``BackendConfiguration/id``.
    package let id: String
    package let weight: Int
    package let isBackup: Bool
    /// It may have new requests.
    package let isEnabled: Bool
    package let maximumInFlight: Int?
    package let inFlight: Int
    package let health: BackendHealth
    /// What was counted, by ``BackendLayout``.
    package let counters: [UInt64]
    /// It is not of the present configuration, and only finishes what it has.
    package let isLeaving: Bool
    let metrics: BackendMetrics
}

/// The gateway as a whole at one moment.
package struct GatewayStatus: Sendable {
    /// How far it has come.
    package enum Stage: String, Sendable {
        case starting, serving, leaving, draining
    }

    package let stage: Stage
    package let libcurl: String
    package let workers: Int
    /// Nanoseconds since it was started.
    package let uptime: UInt64
    package let openConnections: Int
    package let maximumConnections: Int
    /// How many configurations there have been.
    package let configuration: Int
    /// Log records that found no room.
    package let droppedRecords: Int
    /// What was counted of connections, by ``WorkerLayout``.
    package let counters: [UInt64]
}

/// One rate limit at one moment.
package struct LimitReport: Sendable {
    /// What the log and clients call it. Several may have the same.
    package let name: String
    package let configuration: RateLimitConfiguration
    /// The time of the limit, in seconds.
    package let period: Double
    /// Requests that it has decided on.
    package let decided: UInt64
    /// Those of them that were too many: turned away, or only logged where it is a dry run.
    package let exceeded: UInt64
}
