// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What one backend's pings and requests say of it, counted once more and in another way, to see that it comes and goes for a
/// reason.
struct HealthWitness {
    private let check: HealthCheckConfiguration
    private var goodPings = 0
    private var badPings = 0
    private var failures = 0
    /// So often in a row that it is out for that.
    private var hasFailed = false
    private var lastFailure: UInt64 = 0
    private var status = HealthState.Status.unknown

    init(_ check: HealthCheckConfiguration) {
        self.check = check
    }

    mutating func ponged(_ isGood: Bool, startedAt: UInt64) {
        if !isGood {
            badPings += 1
            goodPings = 0
        } else if startedAt > lastFailure || lastFailure == 0 {
            // What left before the last failure is older news.
            goodPings += 1
            badPings = 0
        }
    }

    mutating func failed(at now: UInt64) {
        failures += 1
        guard failures >= check.passiveFall else { return }
        failures = 0
        hasFailed = true
        lastFailure = now
        goodPings = 0
    }

    /// It has answered, or is back from an ejection: failures in a row begin anew.
    mutating func answered() {
        failures = 0
    }

    /// What is wrong with `new`, which the backend is from now on.
    mutating func objection(to new: HealthState.Status) -> String? {
        defer {
            status = new
            hasFailed = false
        }
        if goodPings >= check.rise, new == .unhealthy { return "is out after \(goodPings) good pings" }
        if badPings >= check.fall, new == .healthy { return "is in after \(badPings) bad pings" }
        guard new != status, status != .unknown else { return nil }
        if new == .healthy, goodPings < check.rise { return "came back after \(goodPings) good pings" }
        if new == .unhealthy, badPings < check.fall, !hasFailed {
            return "went after \(badPings) bad pings and \(failures) failures in a row"
        }
        return nil
    }
}

/// How much a backend that starts slowly may have, reckoned beside the gateway: of `round_robin`, which is exact.
struct SlowStartWitness {
    private let duration: Double
    /// When the first request was placed since it came back.
    private var beginning: UInt64?
    private(set) var isGrowing = false
    private var expected = 0.0
    private var had = 0

    init(duration: UInt64) {
        self.duration = Double(duration)
    }

    mutating func cameBack() {
        self = SlowStartWitness(duration: UInt64(duration))
        isGrowing = true
    }

    mutating func left() {
        isGrowing = false
    }

    /// How far it is, from 0.1 to 1.
    mutating func progress(at now: UInt64) -> Double {
        guard isGrowing else { return 1 }
        beginning = beginning ?? now
        return min(1, 0.1 + 0.9 * Double(now - (beginning ?? now)) / duration)
    }

    /// A request was placed, of which so much was due to it.
    mutating func placed(_ share: Double, isHere: Bool, at now: UInt64) -> String? {
        guard isGrowing else { return nil }
        expected += share
        if isHere { had += 1 }
        if Double(now - (beginning ?? now)) > duration / 2 { isGrowing = false }
        return Double(had) > 2 + 1.5 * expected ? "had \(had) requests where \(expected) were due to it" : nil
    }
}
