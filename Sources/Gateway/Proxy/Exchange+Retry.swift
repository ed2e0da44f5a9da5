// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Another attempt: whether there is one, where it goes and when.
extension Exchange {
    /// The policy for this request.
    var retryPolicy: RetryPolicy? { target?.retry }

    /// See ``RequestHead/mayBeRepeated(_:in:)``.
    func mayBeRepeated(_ policy: RetryPolicy) -> Bool {
        downstream?.input.withBytes(0..<request.length) { request.mayBeRepeated(policy, in: $0) } ?? false
    }

    /// What was taken of the body can be sent again.
    var canSendBodyAgain: Bool {
        unsafe wholeBody != nil || body.isReplayable || body.received == 0
    }

    /// Looks for another backend after `error`, which is told why there is none if that is for want of a place.
    func planRetry(_ error: inout ProxyError, of backend: Backend) -> Bool {
        // A status has its plan already.
        if plan != nil { return true }
        guard let policy = retryPolicy, !machine.hasBegun,
            policy.allows(
                error,
                attempt: machine.attempt,
                isIdempotent: isRepeatable,
                hasBody: canSendBodyAgain
            )
        else { return false }
        let isDown = isDown(backend)
        switch reserve(mustCount: policy.counts(error, backendIsDown: isDown), after: error) {
        case .success(let plan): self.plan = plan
        case .failure(let refused):
            if let refusal = refused.reason { error = error.notRetried(refusal) }
        }
        return plan != nil || prospect != nil
    }

    /// It is out of rotation, or no longer of the pool.
    private func isDown(_ backend: Backend) -> Bool {
        guard let shared = pool?.shared.pool else { return false }
        return shared.place(of: backend).map { !shared.isAvailable($0) } ?? true
    }

    private struct Refused: Error {
        let reason: RetryRefusal?
    }

    /// A place in the budget, if one is needed, and a backend; or the prospect of one, if there was a failure that cannot be
    /// the answer as an answer can. The place of an attempt that is still under way is handed on: the one takes the other's
    /// place among the retries, so it needs no second one.
    private func reserve(mustCount: Bool, after failure: ProxyError? = nil) -> Result<RetryPlan?, Refused> {
        guard let shared = pool?.shared else { return .failure(Refused(reason: nil)) }
        let takesOver = mustCount && isCountedRetry
        if mustCount, !takesOver, let refusal = shared.retries.begin(among: shared.requestsInFlight) {
            return .failure(Refused(reason: refusal))
        }
        var refusal: RetryRefusal?
        switch choose() {
        case .backend(let backend):
            duties.insert(.cleaningUp)
            if takesOver { isCountedRetry = false }
            return .success(RetryPlan(backend: backend, isCounted: mustCount))
        case .noneAvailable:
            guard let failure, waitForHealth() else { break }
            if takesOver { isCountedRetry = false }
            prospect = RetryProspect(isCounted: mustCount, failure: failure)
            duties.insert(.cleaningUp)
            return .success(nil)
        case .allFull: refusal = .room
        }
        if mustCount, !takesOver { shared.retries.end() }
        return .failure(Refused(reason: refusal))
    }

    /// The final response head is there, and nothing of it was handed on. Tells health of it.
    ///
    /// - Returns: Why it is not the answer: its status is one of those that are retried, and it can be; or another attempt
    ///   is still under way.
    func objectionToAnswer() -> ProxyError? {
        guard let target, let pool = target.pool, let upstream else { return nil }
        gate?.answered(after: firstByte)
        if pool.shared.health.watchesAnswers { noteAnswer(response.status, of: upstream.backend, after: firstByte) }
        guard target.retry.isFailure(response.status), isRepeatable, tunnel == .none else { return nil }
        let error = ProxyError(.unwantedStatus, reason: "status: \(response.status)")
        if hedge != nil { return error }
        guard machine.attempt < target.retry.attempts, canSendBodyAgain else { return nil }
        switch reserve(mustCount: true) {
        case .success(let plan):
            self.plan = plan
            return plan == nil ? nil : error
        case .failure(let refused):
            if let refusal = refused.reason { excuse(error, refusal) }
            return nil
        }
    }

    /// The answer with its unwanted status is the one, for want of a place for another attempt: operator and client are told.
    private func excuse(_ error: ProxyError, _ refusal: RetryRefusal) {
        logFailure(error.notRetried(refusal), retryingOn: nil)
        facts.refusal = refusal
        duties.insert(.excusing)
    }

    /// Writes why there was no other attempt. Without an `error`: the answer is the backend's own (RFC 9209 §2.1.4).
    func writeExcuse(to output: ByteBuffer) {
        guard let refusal = facts.refusal else { return }
        output.append("Proxy-Status: curlew; received-status=")
        output.append(decimal: response.status)
        output.append("; details=\"")
        output.append(refusal.text)
        output.append("\"\r\n")
    }

    /// Tells health what a backend has answered.
    func noteAnswer(_ status: Int, of backend: Backend, after latency: UInt64) {
        guard let shared = pool?.shared else { return }
        context.noteAnswer(status, of: backend, in: shared, after: latency)
    }

    /// Sets the time limits that hold for one attempt alone.
    func timeAttempt() {
        guard let policy = retryPolicy else { return }
        deadlines.attemptBegan(at: attemptBegan, limit: policy.perTry)
        planHedge(policy)
    }

    /// Counts the request among those that the pool may have at once.
    ///
    /// - Returns: Why it may not have this one.
    func enterPool() -> ProxyError? {
        guard let gate = pool?.shared.gate else { return nil }
        guard gate.enter() else { return ProxyError(.poolFull(isAdaptive: gate.isAdaptive)) }
        self.gate = gate
        duties.insert(.cleaningUp)
        return nil
    }

    /// The request is over.
    func leave(_ gate: PoolGate) {
        gate.leave()
        self.gate = nil
    }

    /// Sends the request where it is planned to go, when it is time.
    func retry(_ error: ProxyError) {
        // Until somebody is back; see ``lookAgain()``.
        if prospect != nil { return }
        guard let plan, let policy = retryPolicy else { return answer(error) }
        logFailure(error, retryingOn: plan.backend)
        let pause = policy.wait(after: machine.attempt, using: &context.random)
        guard pause > 0 else { return followPlan() }
        deadlines.pause = pause
        wait(for: .retry)
    }

    /// The wait before a retry is over.
    func followPlan() {
        guard var next = plan else { return }
        // It may have gone down meanwhile.
        if deadlines.waiting == .retry, isDown(next.backend), let other = pick() {
            requestEnded(at: next.backend)
            next = RetryPlan(backend: other, isCounted: next.isCounted)
        }
        plan = nil
        isCountedRetry = next.isCounted
        adaptHead(to: next.backend)
        restartCopy()
        attempt(next.backend)
    }

    /// Gives back what this exchange holds of the retry budget.
    func endRetry() {
        if isCountedRetry { pool?.shared.retries.end() }
        isCountedRetry = false
    }

    /// There will be no further attempt.
    func dropPlan() {
        if prospect?.isCounted == true { pool?.shared.retries.end() }
        prospect = nil
        guard let plan else { return }
        requestEnded(at: plan.backend)
        if plan.isCounted { pool?.shared.retries.end() }
        self.plan = nil
    }
}
