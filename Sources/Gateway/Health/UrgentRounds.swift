// SPDX-License-Identifier: Apache-2.0

/// When the backends of one pool that are out are pinged out of turn, because a request found nobody, and what becomes of
/// such a request. Pure: time is nanoseconds of one clock, passed in.
///
/// A round is asked for, begins, and is over when every ping of it has come to something, or after ``pause``, whichever comes
/// first: whoever answers later is back by itself, and must not keep the others from being asked again. Rounds begin no more
/// often than every ``pause``.
package struct UrgentRounds: Sendable {
    /// The shortest time between two rounds of a pool and between two such pings of a backend, and how long nobody waits after a
    /// round in vain, in nanoseconds: a quarter of a second. A backend in the same data centre answers a ping within a tenth of
    /// that, and a client notices no more of it than of a slow answer; four pings a second are nothing to a backend.
    package static let pause: UInt64 = 250_000_000

    /// The longest that a request waits for a backend to come back, in nanoseconds: so long that also one which comes just when
    /// a ping has left, and all are out again, has time for the answer to the next.
    package static let patience: UInt64 = 300_000_000

    /// What a request without a backend is to do.
    package enum Answer: Sendable, Equatable {
        /// Have a round begin, and wait for it.
        case begin
        /// Wait for the round that is asked for or under way, or for the next one to be allowed.
        case wait
        /// Give up: who could have come back has not.
        case giveUp
    }

    private enum Phase {
        case none
        case asked
        case underWay(since: UInt64)
        case over(began: UInt64, ended: UInt64, hasHelped: Bool)
    }

    private var phase = Phase.none

    package init() {}

    /// A request finds nobody.
    ///
    /// - Parameters:
    ///   - now: the time.
    ///   - start: since when it has waited; `nil` if it has not.
    /// - Returns: What it is to do.
    package mutating func ask(at now: UInt64, waitingSince start: UInt64?) -> Answer {
        if let start, now >= start &+ Self.patience { return .giveUp }
        if case .underWay(let began) = phase, now >= began &+ Self.pause {
            phase = .over(began: began, ended: began &+ Self.pause, hasHelped: false)
        }
        switch phase {
        case .none: break
        case .asked, .underWay: return .wait
        case .over(let began, let ended, let hasHelped):
            // Whoever came back did not do so for this request.
            if let start, ended >= start { return .giveUp }
            if now < (hasHelped ? began : ended) &+ Self.pause { return hasHelped ? .wait : .giveUp }
        }
        phase = .asked
        return .begin
    }

    /// The round that was asked for begins.
    package mutating func began(at now: UInt64) {
        phase = .underWay(since: now)
    }

    /// Every ping of the round has come to something; `hasHelped` if it has brought somebody back.
    package mutating func ended(at now: UInt64, hasHelped: Bool) {
        guard case .underWay(let began) = phase else { return }
        phase = .over(began: began, ended: now, hasHelped: hasHelped)
    }

    /// Nobody would begin the round that was asked for.
    package mutating func reset() {
        phase = .none
    }
}
