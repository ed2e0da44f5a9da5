// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// How requests that find no backend have the control thread ping those of one pool at once; see ``UrgentRounds``. Shared by
/// all threads. Whoever finds a backend has nothing to do with it.
package final class UrgentPings: Sendable {
    private struct State {
        var rounds = UrgentRounds()
        /// Wakes who pings; `nil` while nobody does.
        var wakeup: Wakeup?
    }

    private let state = Locked(State())

    /// A request finds nobody, and has waited since `start` if it has.
    ///
    /// - Parameters:
    ///   - now: the time, in nanoseconds of the clock that pings are timed with.
    ///   - start: since when it waits; `nil` if it does not yet.
    /// - Returns: Whether it is to wait, and look again in a moment.
    func mayHelp(at now: UInt64, waitingSince start: UInt64?) -> Bool {
        let (answer, wakeup) = state.withLock { state in
            guard let wakeup = state.wakeup else { return (UrgentRounds.Answer.giveUp, Wakeup?.none) }
            return (state.rounds.ask(at: now, waitingSince: start), wakeup)
        }
        if answer == .begin { wakeup?.wake() }
        return answer != .giveUp
    }

    /// From now on `wakeup` is woken for each round, or nobody pings any more.
    func open(_ wakeup: Wakeup?) {
        state.withLock { state in
            state.wakeup = wakeup
            state.rounds.reset()
        }
    }

    /// See ``UrgentRounds/began(at:)``.
    func began(at now: UInt64) {
        state.withLock { $0.rounds.began(at: now) }
    }

    /// See ``UrgentRounds/ended(at:hasHelped:)``.
    func ended(at now: UInt64, hasHelped: Bool) {
        state.withLock { $0.rounds.ended(at: now, hasHelped: hasHelped) }
    }
}
