// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Finds the backends of a pool that answer, but worse than they should, and says for how long each is kept out.
///
/// Pure: times are nanoseconds of one monotonic clock, passed in. What counts:
///
/// - so many answers of 5xx in a row, told by ``serverErrors(inARow:of:at:canSpare:)`` as they come;
/// - the share of failures within the window, and the median time to the first byte against that of the other backends,
///   both looked at whenever a fifth of the window has passed, and only from a number of requests on.
///
/// The n-th time in a row takes n times as long, up to a limit. It is in a row when it comes sooner after the return than
/// the time before lasted. Never are so many out at once that the rest has to bear what it was not made for, and never the
/// last one: a bad answer is better than none.
package struct OutlierDetector: Sendable {
    /// Into how many parts the window is divided: so much of it leaves at once.
    package static let slots = 5
    /// A median is no outlier before it is so much longer than that of the others: nanoseconds. Where all are fast, several
    /// times as fast means nothing.
    package static let leastDelay: UInt64 = 5_000_000

    private struct Record: Sendable {
        var samples: [ResponseSample] = []
        /// Until when it is out; `nil` while it is in.
        var ejectedUntil: UInt64?
        var returnedAt: UInt64 = 0
        /// How long it was out the last time; 0 if never.
        var lastDuration: UInt64 = 0
        /// How often it was out in a row.
        var count = 0
    }

    package let configuration: OutlierConfiguration
    private let slotLength: UInt64
    private var slotEnd: UInt64 = 0
    private var records: [Record]
    /// How many may be out at once.
    private let maximum: Int

    /// - Parameters:
    ///   - configuration: what makes an outlier.
    ///   - backends: how many the pool has.
    package init(_ configuration: OutlierConfiguration, backends: Int) {
        self.configuration = configuration
        slotLength = max(1, configuration.window.wholeNanoseconds / UInt64(Self.slots))
        records = Array(repeating: Record(), count: backends)
        // A pool of two with 50 % may miss one. So may one of three with 30 %, or it would be of no use there.
        let share = backends * configuration.maximumEjectedPercent / 100
        maximum = configuration.maximumEjectedPercent == 0 ? 0 : min(max(1, share), backends - 1)
    }

    /// Goes on where `previous` was. `places` is, for each backend, its index there; `nil` for one that is new.
    package mutating func goOn(from previous: OutlierDetector, _ places: [Int?]) {
        slotEnd = previous.slotEnd
        for (index, place) in places.enumerated() {
            if let place { records[index] = previous.records[place] }
        }
    }

    /// Whether the backend at `index` is kept out.
    package func isEjected(_ index: Int) -> Bool { records[index].ejectedUntil != nil }

    /// How many are out.
    package var ejected: Int { records.count { $0.ejectedUntil != nil } }

    /// How long the backend at `index` was, or is to be, out the last time, in nanoseconds.
    package func lastDuration(of index: Int) -> UInt64 { records[index].lastDuration }

    /// When there is something to do, at the latest; see ``isDue(at:)`` and ``returning(at:)``.
    package var nextTime: UInt64 {
        records.reduce(needsSamples ? slotEnd : .max) { min($0, $1.ejectedUntil ?? .max) }
    }

    /// Those whose time is up, which are in again.
    package mutating func returning(at now: UInt64) -> [Int] {
        let indices = records.indices.filter { (records[$0].ejectedUntil ?? .max) <= now }
        for index in indices { bringBack(index, at: now) }
        return indices
    }

    /// Ends the ejection of the backend at `index`. What it did before does not count any more.
    package mutating func bringBack(_ index: Int, at now: UInt64) {
        records[index].ejectedUntil = nil
        records[index].returnedAt = now
        records[index].samples.removeAll()
    }

    /// The backend at `index` has given `count` answers of 5xx in a row.
    ///
    /// - Parameters:
    ///   - count: how many there were.
    ///   - index: whose.
    ///   - now: the time.
    ///   - canSpare: whether another backend is there when this one is out.
    /// - Returns: Why and for how long it is out from now on; `nil` if it is not.
    package mutating func serverErrors(
        inARow count: Int,
        of index: Int,
        at now: UInt64,
        canSpare: Bool
    ) -> Ejection? {
        guard let limit = configuration.consecutive5xx, count >= limit, canSpare else { return nil }
        return eject(index, .serverErrorsInARow(count), at: now)
    }

    /// Whether the window is looked at at all.
    package var needsSamples: Bool { configuration.needsSamples }

    /// A part of the window is over, so what was counted is to be handed to ``evaluate(_:at:canSpare:)``.
    package func isDue(at now: UInt64) -> Bool { needsSamples && now >= slotEnd }

    /// Takes what every backend's answers were like since the last call, and looks for outliers in the window, the worst
    /// first.
    ///
    /// - Parameters:
    ///   - samples: one for each backend, in the pool's order.
    ///   - now: the time.
    ///   - canSpare: whether another backend is there when this one, and those already found, are out.
    /// - Returns: Those that are out from now on.
    package mutating func evaluate(
        _ samples: [ResponseSample],
        at now: UInt64,
        canSpare: (_ index: Int, _ found: [Ejection]) -> Bool
    ) -> [Ejection] {
        slotEnd = now + slotLength
        for (index, sample) in samples.enumerated() where records[index].ejectedUntil == nil {
            records[index].samples.append(sample)
            if records[index].samples.count > Self.slots { records[index].samples.removeFirst() }
        }
        let windows = records.map { record in
            record.samples.reduce(into: ResponseSample()) { $0.add($1) }
        }
        var found: [Ejection] = []
        for suspicion in suspicions(windows) where canSpare(suspicion.index, found) {
            guard let ejection = eject(suspicion.index, suspicion.reason, at: now) else { continue }
            found.append(ejection)
        }
        return found
    }

    private struct Suspicion {
        let index: Int
        let reason: Ejection.Reason
        /// How bad it is; failures come before slowness.
        let badness: Double
    }

    private func suspicions(_ windows: [ResponseSample]) -> [Suspicion] {
        let eligible = windows.indices.filter {
            records[$0].ejectedUntil == nil && windows[$0].requests >= max(1, configuration.minimumRequests)
        }
        var found: [Suspicion] = []
        for index in eligible {
            let window = windows[index]
            let percent = window.failures * 100 / window.requests
            if let limit = configuration.failurePercent, percent >= limit, window.failures > 0 {
                let reason = Ejection.Reason.failureShare(percent: percent, requests: window.requests)
                found.append(Suspicion(index: index, reason: reason, badness: 1000 + Double(percent)))
            } else if let factor = configuration.latencyFactor, window.latency.total > 0 {
                let others = eligible.filter { $0 != index && windows[$0].latency.total > 0 }
                guard !others.isEmpty else { continue }
                let medians = others.map { windows[$0].latency.median }.sorted()
                // The lower of the middle two: of two others one may be slow as well.
                let usual = medians[(medians.count - 1) / 2]
                let own = window.latency.median
                guard own >= usual + Self.leastDelay, Double(own) > Double(usual) * factor else { continue }
                let reason = Ejection.Reason.slow(own: own, usual: usual)
                found.append(Suspicion(index: index, reason: reason, badness: min(999, Double(own) / Double(usual))))
            }
        }
        return found.sorted { ($0.badness, $1.index) > ($1.badness, $0.index) }
    }

    private mutating func eject(_ index: Int, _ reason: Ejection.Reason, at now: UInt64) -> Ejection? {
        guard records[index].ejectedUntil == nil, ejected < maximum else { return nil }
        let isInARow = records[index].count > 0 && now < records[index].returnedAt &+ records[index].lastDuration
        records[index].count = isInARow ? records[index].count + 1 : 1
        let longest = max(configuration.ejectFor.wholeNanoseconds, configuration.maximumEjection.wholeNanoseconds)
        let (product, overflow) = configuration.ejectFor.wholeNanoseconds.multipliedReportingOverflow(
            by: UInt64(records[index].count)
        )
        let duration = overflow ? longest : min(product, longest)
        records[index].lastDuration = duration
        records[index].ejectedUntil = now &+ duration
        records[index].samples.removeAll()
        return Ejection(index: index, duration: duration, reason: reason, window: configuration.window)
    }
}

extension OutlierConfiguration {
    /// Something is found by what is counted within the window, and not by a row of answers alone.
    var needsSamples: Bool { failurePercent != nil || latencyFactor != nil }
}
