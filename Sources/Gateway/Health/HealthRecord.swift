// SPDX-License-Identifier: Apache-2.0

/// What has happened to one backend since it was first seen: how often it came and went, and how the last times were.
package struct HealthRecord: Sendable, Equatable {
    /// How many changes are remembered.
    package static let limit = 10

    /// How often it came back, or was found healthy first.
    package private(set) var arrivals: UInt64 = 0
    /// How often it went.
    package private(set) var departures: UInt64 = 0
    /// How often it went because it answered badly.
    package internal(set) var ejections: UInt64 = 0
    /// The last changes, the latest last.
    package private(set) var changes: [HealthChange] = []

    mutating func add(_ change: HealthChange) {
        if change.isHealthy { arrivals += 1 } else { departures += 1 }
        if changes.count == Self.limit { changes.removeFirst() }
        changes.append(change)
    }
}

/// The last changes of all backends of a pool, counted so that whoever has seen some can ask for those that came later.
struct HealthJournal: Sendable {
    static let limit = 64

    /// How many there ever were.
    private var count = 0
    private var changes: [HealthChange] = []

    mutating func add(_ change: HealthChange) {
        count += 1
        if changes.count == Self.limit { changes.removeFirst() }
        changes.append(change)
    }

    func changes(after seen: Int) -> (changes: [HealthChange], count: Int) {
        (changes.suffix(max(0, min(changes.count, count - seen))), count)
    }

    /// The same for a changed pool: `places` is, for each backend, its index before.
    func moved(_ places: [Int?]) -> HealthJournal {
        var moved = HealthJournal()
        moved.count = count
        moved.changes = changes.compactMap { old in
            places.firstIndex(of: old.index).map { old.moved(to: $0) }
        }
        return moved
    }
}

/// What is known of one backend's health at one moment.
package struct BackendHealth: Sendable {
    package let status: HealthState.Status
    package let isAvailable: Bool
    package let isEjected: Bool
    package let record: HealthRecord

    /// Nothing is known, as of a backend that is no longer in its pool.
    init() {
        status = .unknown
        isAvailable = false
        isEjected = false
        record = HealthRecord()
    }

    /// In one word, as operators are told.
    package var word: String {
        if isEjected { return "ejected" }
        return switch status {
        case .unknown: "unknown"
        case .healthy: "healthy"
        case .unhealthy: "unhealthy"
        }
    }

    init(of index: Int, in availability: borrowing PoolAvailability) {
        status = availability.status(of: index)
        isAvailable = availability.isAvailable(index)
        isEjected = availability.isEjected(index)
        record = availability.record(of: index)
    }
}
