// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Waiting for a backend to come back, where all that the request might go to are out of rotation; see ``UrgentPings``.
///
/// A backend that failed a request is out until a ping says otherwise, and may be long back before the next one is due. So
/// the last one to fail has the others asked at once, and whoever finds nobody waits a moment for what they say.
extension Exchange {
    /// The longest time between two looks, in nanoseconds; and the shortest, which is how exact timers are. In between a request
    /// looks again after as long as it has waited: a port that refuses is known at once, and the others need a while.
    private static let longestLook: UInt64 = 16_000_000
    private static let shortestLook: UInt64 = 1_000_000

    /// No backend is available for the first attempt.
    func noneAvailable() {
        facts = AttemptFacts()
        if !waitForHealth() { answer(ProxyError(.noBackendAvailable)) }
    }

    /// Waits for somebody to come back, if that may be soon.
    func waitForHealth() -> Bool {
        let now = context.loop.now.nanoseconds
        guard let shared = pool?.shared, isAnybodyOut(of: shared.pool),
            shared.health.urgent.mayHelp(at: now, waitingSince: healthWait)
        else {
            healthWait = nil
            return false
        }
        let start = healthWait ?? now
        healthWait = start
        deadlines.pause = min(Exchange.longestLook, max(Exchange.shortestLook, now &- start))
        wait(for: .health)
        return true
    }

    /// Somebody is out who has not been tried: not all have been asked and have failed.
    private func isAnybodyOut(of pool: BackendPool) -> Bool {
        pool.backends.indices.contains { !tried.contains($0) && !pool.isAvailable($0) }
    }

    /// Somebody may be back.
    func lookAgain() {
        switch choose() {
        case .backend(let backend):
            healthWait = nil
            guard let prospect else { return firstAttempt(backend) }
            self.prospect = nil
            plan = RetryPlan(backend: backend, isCounted: prospect.isCounted)
            retry(prospect.failure)
        case .allFull:
            healthWait = nil
            if let failure = prospect?.failure { return giveUpRetry(failure.notRetried(.room)) }
            waitForPlace()
        case .noneAvailable:
            if waitForHealth() { return }
            if let failure = prospect?.failure { return giveUpRetry(failure) }
            answer(ProxyError(.noBackendAvailable))
        }
    }

    /// There was an attempt, and nobody has come back for another: its failure is the answer.
    private func giveUpRetry(_ failure: ProxyError) {
        dropPlan()
        logFailure(failure, retryingOn: nil)
        answer(failure)
    }
}
