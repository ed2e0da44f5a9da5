// SPDX-License-Identifier: Apache-2.0

/// Which backends of a pool may be given requests: those that are enabled, healthy and not ejected.
///
/// The one place where the three meet. What is said of a backend's health is said of one that is not enabled too. Pure: it is told what happened, with the time, and keeps what has changed until it is
/// asked for (``takeNews()``). No backend stays ejected while there is no other: whoever answers badly is called back early
/// when the last that answers well is gone.
package struct PoolAvailability: Sendable {
    private struct Member: Sendable {
        var health: HealthState
        /// As far as its health goes.
        var isAvailable = true
        var isEnabled = true
        /// Has no requests before its first ping has an answer.
        var awaitsPing = false
        var last: HealthChange?
        var record = HealthRecord()

        var hasRequests: Bool { isAvailable && isEnabled }
    }

    private var members: [Member]
    package private(set) var detector: OutlierDetector?
    private var news: [HealthChange] = []
    private var journal = HealthJournal()
    /// Another one whenever somebody has become available, or is so no more.
    package private(set) var revision = 0

    /// - Parameters:
    ///   - check: As the configuration has it.
    ///   - outlier: As the configuration has it.
    ///   - backends: How many there are.
    ///   - disabled: The indices of those that may have no requests, however well they are.
    package init(
        _ check: HealthCheckConfiguration,
        _ outlier: OutlierConfiguration?,
        backends: Int,
        disabled: Set<Int> = []
    ) {
        let health = HealthState(rise: check.rise, fall: check.fall)
        members = Array(repeating: Member(health: health), count: backends)
        for index in disabled { members[index].isEnabled = false }
        detector = outlier.map { OutlierDetector($0, backends: backends) }
    }

    package func status(of index: Int) -> HealthState.Status { members[index].health.status }

    package func isAvailable(_ index: Int) -> Bool { members[index].hasRequests }

    package func isEjected(_ index: Int) -> Bool { detector?.isEjected(index) == true }

    /// What last changed for the backend at `index`; `nil` if nothing ever did.
    package func lastChange(of index: Int) -> HealthChange? { members[index].last }

    /// What has happened to the backend at `index`.
    package func record(of index: Int) -> HealthRecord { members[index].record }

    /// The changes behind the first `count` that there ever were, as far as they are remembered, and how many there were.
    package func changes(after count: Int) -> (changes: [HealthChange], count: Int) { journal.changes(after: count) }

    /// What has changed since the last call, in order.
    package mutating func takeNews() -> [HealthChange] {
        defer { news = [] }
        return news
    }

    // MARK: Health

    /// Tells the state of health of the backend at `index` something, which `finding` says in words.
    ///
    /// - Returns: What that changed.
    package mutating func update(
        _ index: Int,
        at now: UInt64,
        _ finding: HealthFinding,
        _ change: (inout HealthState) -> HealthTransition?
    ) -> HealthTransition? {
        let wasUnknown = members[index].health.status == .unknown
        guard let transition = change(&members[index].health) else { return nil }
        settle(index, at: now, finding, tellsAnyway: wasUnknown)
        if transition == .becameUnhealthy {
            callBackIfAlone(at: now)
            tryUnknownIfAlone()
        }
        return transition
    }

    /// Whether the backend at `index` may have requests, as things are.
    private func mayServe(_ index: Int) -> Bool {
        switch members[index].health.status {
        case .unhealthy: false
        case .unknown: !members[index].awaitsPing && !isEjected(index)
        case .healthy: !isEjected(index)
        }
    }

    private mutating func settle(_ index: Int, at now: UInt64, _ finding: HealthFinding, tellsAnyway: Bool = false) {
        let isAvailable = mayServe(index)
        guard isAvailable != members[index].isAvailable || tellsAnyway else { return }
        if isAvailable != members[index].isAvailable { revision += 1 }
        members[index].isAvailable = isAvailable
        let change = HealthChange(index: index, isHealthy: isAvailable, finding: finding, time: now)
        members[index].last = change
        members[index].record.add(change)
        journal.add(change)
        news.append(change)
    }

    // MARK: Changes of the configuration

    /// What is known of the backends that stay, for a changed configuration. One that is new has no requests before its first
    /// ping has an answer, unless there is nobody else.
    ///
    /// - Parameters:
    ///   - check: As the configuration has it now.
    ///   - outlier: As the configuration has it now.
    ///   - places: For each backend its index before; `nil` for one that is new.
    ///   - disabled: The indices of those that may have no requests now, however well they are.
    /// - Returns: The same for the changed pool.
    package func changed(
        _ check: HealthCheckConfiguration,
        _ outlier: OutlierConfiguration?,
        _ places: [Int?],
        disabled: Set<Int> = []
    ) -> PoolAvailability {
        var changed = PoolAvailability(check, outlier, backends: places.count)
        if let detector { changed.detector?.goOn(from: detector, places) }
        for (index, place) in places.enumerated() {
            if let place {
                changed.members[index] = members[place]
                changed.members[index].health.set(rise: check.rise, fall: check.fall)
                changed.members[index].last = members[place].last?.moved(to: index)
            } else {
                changed.members[index].awaitsPing = true
            }
            changed.members[index].isEnabled = !disabled.contains(index)
            changed.members[index].isAvailable = changed.mayServe(index)
        }
        changed.news = news.compactMap { old in
            places.firstIndex(of: old.index).map { old.moved(to: $0) }
        }
        changed.journal = journal.moved(places)
        changed.tryUnknownIfAlone()
        return changed
    }

    /// Better to try those of which nothing is known than to refuse, as at the start.
    private mutating func tryUnknownIfAlone() {
        guard !members.contains(where: \.hasRequests) else { return }
        revision += 1
        for index in members.indices where members[index].awaitsPing && members[index].isEnabled {
            members[index].awaitsPing = false
            members[index].isAvailable = mayServe(index)
        }
    }

    // MARK: Ejections

    private func canSpare(_ index: Int, _ found: [Ejection] = []) -> Bool {
        members.indices.contains { other in
            other != index && members[other].hasRequests && !found.contains { $0.index == other }
        }
    }

    private mutating func callBackIfAlone(at now: UInt64) {
        guard detector != nil, !members.contains(where: \.hasRequests) else { return }
        for index in members.indices where isEjected(index) {
            detector?.bringBack(index, at: now)
            settle(index, at: now, .error("back early from its ejection: no other backend is left"))
        }
    }

    private mutating func eject(_ ejections: [Ejection], at now: UInt64) {
        for ejection in ejections { members[ejection.index].record.ejections += 1 }
        for ejection in ejections { settle(ejection.index, at: now, .error(ejection.text)) }
    }

    /// The backend at `index` has given `count` answers of 5xx in a row.
    package mutating func serverErrors(inARow count: Int, of index: Int, at now: UInt64) {
        let canSpare = canSpare(index)
        let ejection = detector?.serverErrors(inARow: count, of: index, at: now, canSpare: canSpare)
        if let ejection { eject([ejection], at: now) }
    }

    /// Brings back those whose time is up, and looks for outliers if a part of the window is over.
    ///
    /// - Parameters:
    ///   - now: the time.
    ///   - samples: called when needed: what the backends' answers were like since the last call.
    /// - Returns: Those that are back, from whom nothing counts that was before.
    package mutating func tick(at now: UInt64, samples: () -> [ResponseSample]) -> [Int] {
        guard var detector else { return [] }
        let back = detector.returning(at: now)
        self.detector = detector
        for index in back {
            let lasted = Duration.nanoseconds(detector.lastDuration(of: index)).text
            settle(index, at: now, .error("back after an ejection of \(lasted)"))
        }
        if detector.isDue(at: now) {
            let found = detector.evaluate(samples(), at: now) { canSpare($0, $1) }
            self.detector = detector
            eject(found, at: now)
        }
        return back
    }

    /// When ``tick(at:samples:)`` is to be called next, at the latest.
    package var nextTick: UInt64? { detector?.nextTime }
}
