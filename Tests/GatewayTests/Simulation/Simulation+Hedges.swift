// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// A second attempt beside the first, as ``Exchange`` makes and judges it.
extension Simulation {
    struct Attempt {
        let backend: Backend
        let number: Int
        let began: UInt64
        /// Counts against the retry budget.
        let isCounted: Bool
    }

    /// An attempt is under way: it is to have company in a moment.
    func planHedge(_ index: Int, number: Int) {
        guard let delay = policy.hedgeAfter, number < policy.attempts else { return }
        requests[index].hedgePause = max(1_000_000, delay / 8)
        events.add(.hedge(request: index, attempt: number), at: requests[index].began + delay)
    }

    private func postponeHedge(_ index: Int, number: Int) {
        let pause = requests[index].hedgePause
        requests[index].hedgePause = pause * 2
        events.add(.hedge(request: index, attempt: number), at: now + pause)
    }

    func startHedge(_ index: Int, beside number: Int) {
        let request = requests[index]
        guard request.backend != nil, request.number == number, request.hedge == nil,
            request.machine.attempt < policy.attempts
        else { return }
        guard beginRetry() else { return postponeHedge(index, number: number) }
        guard let backend = pick(for: index) else {
            giveBack()
            return postponeHedge(index, number: number)
        }
        if backend === request.backend { complain("a hedge went where the request is already") }
        requests[index].machine.attemptStarted()
        let attempt = requests[index].machine.attempt
        if attempt > scenario.pool.retry.attempts { complain("attempt \(attempt) of \(scenario.pool.retry.attempts)") }
        requests[index].hedge = Attempt(backend: backend, number: attempt, began: now, isCounted: true)
        hedges += 1
        send(index, attempt, to: backend)
    }

    /// The hedge has come to something.
    func hedgeEnded(_ index: Int, _ hedge: Attempt, _ outcome: Outcome) {
        if case .answered(let status) = outcome {
            noteAnswer(status, of: hedge.backend, after: now - hedge.began)
            if !policy.isFailure(status) {
                // The first attempt is nobody's fault, and is waited for no more.
                let first = exchange(index, hedge)
                if let first { drop(first) }
                requests[index].hedge = nil
                return answered(index, status, alreadyNoted: true)
            }
        } else if case .failed(let kind) = outcome {
            report(ProxyError(kind), of: hedge.backend)
        }
        requests[index].hedge = nil
        release(hedge)
        postponeHedge(index, number: requests[index].number)
    }

    /// The attempt has failed. If there is another under way, that is the one from now on.
    func goOnWithHedge(_ index: Int) -> Bool {
        guard let hedge = requests[index].hedge, let first = exchange(index, hedge) else { return false }
        requests[index].hedge = nil
        release(first)
        if requests[index].machine.attempt < policy.attempts { planHedge(index, number: hedge.number) }
        return true
    }

    /// Nobody waits for the hedge any more.
    func dropHedge(_ index: Int) {
        guard let hedge = requests[index].hedge else { return }
        requests[index].hedge = nil
        drop(hedge)
    }

    /// Makes the hedge the request's attempt, and returns what was that.
    private func exchange(_ index: Int, _ hedge: Attempt) -> Attempt? {
        let request = requests[index]
        guard let backend = request.backend else {
            complain("a hedge is beside nothing")
            return nil
        }
        requests[index].backend = hedge.backend
        requests[index].number = hedge.number
        requests[index].began = hedge.began
        requests[index].isCounted = hedge.isCounted
        requests[index].isHedged = true
        return Attempt(backend: backend, number: request.number, began: request.began, isCounted: request.isCounted)
    }

    private func drop(_ attempt: Attempt) {
        if shared.balancer.usesLatency { attempt.backend.observed(firstByteNanoseconds: now - attempt.began, at: now) }
        release(attempt)
    }

    private func release(_ attempt: Attempt) {
        attempt.backend.requestEnded()
        if attempt.isCounted { giveBack() }
    }
}
