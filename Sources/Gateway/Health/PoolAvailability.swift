// SPDX-License-Identifier: Apache-2.0

/// Which backends of a pool may be given requests: those that are healthy and not ejected.
///
/// The one place where the two meet. Pure: it is told what happened, with the time, and keeps what has changed until it is
/// asked for (``takeNews()``). No backend stays ejected while there is no other: whoever answers badly is called back early
/// when the last that answers well is gone.
package struct PoolAvailability: Sendable {
    private struct Member: Sendable {
        var health: HealthState
        var isAvailable = true
        var last: HealthChange?
    }

    private var members: [Member]
    package private(set) var detector: OutlierDetector?
    private var news: [HealthChange] = []

    package init(_ check: HealthCheckConfiguration, _ outlier: OutlierConfiguration?, backends: Int) {
        let health = HealthState(rise: check.rise, fall: check.fall)
        members = Array(repeating: Member(health: health), count: backends)
        detector = outlier.map { OutlierDetector($0, backends: backends) }
    }

    package func status(of index: Int) -> HealthState.Status { members[index].health.status }

    package func isAvailable(_ index: Int) -> Bool { members[index].isAvailable }

    package func isEjected(_ index: Int) -> Bool { detector?.isEjected(index) == true }

    /// What last changed for the backend at `index`; `nil` if nothing ever did.
    package func lastChange(of index: Int) -> HealthChange? { members[index].last }

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
        if transition == .becameUnhealthy { callBackIfAlone(at: now) }
        return transition
    }

    private mutating func settle(_ index: Int, at now: UInt64, _ finding: HealthFinding, tellsAnyway: Bool = false) {
        let isAvailable = members[index].health.status != .unhealthy && !isEjected(index)
        guard isAvailable != members[index].isAvailable || tellsAnyway else { return }
        members[index].isAvailable = isAvailable
        let change = HealthChange(index: index, isHealthy: isAvailable, finding: finding, time: now)
        members[index].last = change
        news.append(change)
    }

    // MARK: Ejections

    private func canSpare(_ index: Int, _ found: [Ejection] = []) -> Bool {
        members.indices.contains { other in
            other != index && members[other].isAvailable && !found.contains { $0.index == other }
        }
    }

    private mutating func callBackIfAlone(at now: UInt64) {
        guard detector != nil, !members.contains(where: \.isAvailable) else { return }
        for index in members.indices where isEjected(index) {
            detector?.bringBack(index, at: now)
            settle(index, at: now, .error("back early from its ejection: no other backend is left"))
        }
    }

    private mutating func eject(_ ejections: [Ejection], at now: UInt64) {
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
