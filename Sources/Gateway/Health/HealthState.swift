// SPDX-License-Identifier: Apache-2.0

/// Whether one backend is healthy, decided from its pings and from requests that failed there.
///
/// Pure: times are nanoseconds of one monotonic clock, passed in.
///
/// - The first ping's answer decides by itself, whatever the thresholds say: until then nothing is known.
/// - After that `fall` failed pings in a row make it unhealthy and `rise` good ones in a row make it healthy.
/// - A request that fails there makes it unhealthy at once, whatever `fall` says: better evidence than a ping.
/// - A good ping that started before the last such failure is older news, so it counts for nothing.
package struct HealthState: Sendable, Equatable {
    /// What is known of a backend.
    package enum Status: Sendable, Equatable {
        /// No ping has been answered and no request has failed.
        case unknown
        case healthy
        case unhealthy
    }

    package private(set) var status = Status.unknown
    /// Good pings in a row that bring it back; at least 1.
    private var rise: Int
    /// Failed pings in a row that take it out; at least 1.
    private var fall: Int
    /// Pings in a row that speak against `status`: failed ones while healthy, good ones while unhealthy.
    private var contrary = 0
    /// When a request last failed there.
    private var lastProxyFailure: UInt64?

    package init(rise: Int = 1, fall: Int = 1) {
        precondition(rise >= 1 && fall >= 1, "rise and fall count pings, so they are at least 1")
        self.rise = rise
        self.fall = fall
    }

    /// From now on so many pings decide. What has been counted stays.
    package mutating func set(rise: Int, fall: Int) {
        precondition(rise >= 1 && fall >= 1, "rise and fall count pings, so they are at least 1")
        self.rise = rise
        self.fall = fall
    }

    /// A ping had a good answer.
    ///
    /// - Parameter startedAt: when the ping was sent, in nanoseconds; not when its answer came.
    /// - Returns: what this changed, or `nil`.
    package mutating func pingSucceeded(startedAt: UInt64) -> HealthTransition? {
        if let lastProxyFailure, startedAt <= lastProxyFailure { return nil }
        return observe(.healthy, needed: rise)
    }

    /// A ping had a bad answer or none.
    ///
    /// - Parameter startedAt: when the ping was sent, in nanoseconds. A failure counts however old it is: nothing that
    ///   happened since has shown the opposite, since there is never more than one ping on its way.
    /// - Returns: what this changed, or `nil`.
    package mutating func pingFailed(startedAt: UInt64) -> HealthTransition? {
        observe(.unhealthy, needed: fall)
    }

    /// A request failed there: no connection, a reset, garbage, or no answer in time.
    ///
    /// - Parameter time: when, in nanoseconds. Workers may report out of order; the latest counts.
    /// - Returns: what this changed, or `nil`.
    package mutating func failedWhileProxying(at time: UInt64) -> HealthTransition? {
        lastProxyFailure = max(lastProxyFailure ?? 0, time)
        return observe(.unhealthy, needed: 1)
    }

    /// One sign that the backend is `sign`, of which `needed` in a row are enough.
    private mutating func observe(_ sign: Status, needed: Int) -> HealthTransition? {
        if status == sign {
            contrary = 0
            return nil
        }
        contrary += 1
        guard status == .unknown || contrary >= needed else { return nil }
        status = sign
        contrary = 0
        return sign == .healthy ? .becameHealthy : .becameUnhealthy
    }
}

/// What a sign of health changed; the log tells transitions, not pings.
package enum HealthTransition: Sendable, Equatable {
    case becameHealthy
    case becameUnhealthy
}
