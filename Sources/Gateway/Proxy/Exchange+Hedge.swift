// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// Hedging: a request without an answer is sent to another backend too, and the first good answer counts.
extension Exchange {
    /// Whether the request may be at two backends at once: it may be repeated, and there is nothing to send behind its head.
    private var mayBeHedged: Bool { isRepeatable && !request.hasBody && tunnel == .none }

    /// An attempt is under way: sets when it is to have company.
    func planHedge(_ policy: RetryPolicy) {
        guard let delay = policy.hedgeAfter, machine.attempt < policy.attempts, mayBeHedged else { return }
        deadlines.planHedge(delay, from: attemptBegan)
    }

    /// The time has come. Without another backend, or a place in the budget, the attempt stays alone for the time being: when
    /// a backend freezes, all that wait there ask at the same moment, and each hedge has its answer a moment later.
    func startHedge() {
        deadlines.dropHedge()
        defer { downstream?.setDeadline(deadlines.deadline) }
        guard let pool, transfer != nil, hedge == nil, !facts.hasHead, machine.attempt < retryPolicy?.attempts ?? 0
        else {
            return
        }
        let shared = pool.shared
        guard shared.retries.begin(among: shared.requestsInFlight) == nil else { return postponeHedge() }
        guard let backend = pick(), let pool = self.pool else {
            shared.retries.end()
            return postponeHedge()
        }
        let upstream = pool.upstream(for: backend)
        let hedge = HedgedAttempt(of: self, to: upstream, parser: responseParser, isCounted: true)
        machine.attemptStarted()
        summary.attempts = machine.sends
        summary.hedges += 1
        self.hedge = hedge
        duties.insert(.cleaningUp)
        do {
            adaptHead(to: backend)
            if let details = summary.details { hedge.span = details.writtenSpan }
            let transfer = try upstream.take()
            hedge.transfer = transfer
            transfer.delegate = hedge
            try prepare(transfer)
            try upstream.start(transfer)
        } catch {
            // The first attempt is none the worse for it.
            if hedge.transfer == nil { requestEnded(at: backend) }
            dropHedge()
        }
    }

    private func postponeHedge() {
        deadlines.postponeHedge(from: context.loop.now)
    }

    /// Why the answer of the hedge is none; called with its complete head.
    func objection(to hedge: HedgedAttempt) -> ProxyError? {
        if pool?.shared.health.watchesAnswers == true {
            noteAnswer(hedge.response.status, of: hedge.backend, after: hedge.firstByte)
        }
        if hedge.response.status == 101 {
            return ProxyError(.invalidResponse, reason: "the backend switched protocols unasked (101)")
        }
        guard retryPolicy?.isFailure(hedge.response.status) == true else { return nil }
        return ProxyError(.unwantedStatus, reason: "status: \(hedge.response.status)")
    }

    /// The hedge has a good answer: it becomes the attempt of this exchange, and what was that is cancelled.
    func adopt(_ hedge: HedgedAttempt) {
        guard hedge === self.hedge else { return }
        exchangePlaces(hedge)
        dropHedge()
        headComplete()
    }

    /// The attempt has failed. If there is another under way, that is the one from now on.
    func goOnWithHedge(after error: ProxyError) -> Bool {
        guard let hedge, error.origin == .backend, error.kind != .totalTimedOut else { return false }
        logFailure(error, retryingOn: hedge.backend)
        exchangePlaces(hedge)
        self.hedge = nil
        // Since when it is waited for, and for what, is nearly so.
        deadlines.wait(for: facts.sends > 0 ? .firstByte : .connect, from: attemptBegan)
        timeAttempt()
        downstream?.setDeadline(deadlines.deadline)
        return true
    }

    /// Gives the hedge this exchange's attempt, and takes its.
    private func exchangePlaces(_ hedge: HedgedAttempt) {
        if let old = upstream {
            upstream = hedge.upstream
            hedge.upstream = old
        } else {
            upstream = hedge.upstream
        }
        swap(&transfer, &hedge.transfer)
        swap(&facts, &hedge.facts)
        swap(&attemptBegan, &hedge.began)
        sendBegan = attemptBegan
        if let details = summary.details { swap(&details.attemptSpan, &hedge.span) }
        swap(&failureWords, &hedge.failureWords)
        swap(&firstByte, &hedge.firstByte)
        swap(&responseParser, &hedge.parser)
        swap(&isCountedRetry, &hedge.isCounted)
        response.exchangeContents(with: hedge.response)
        transfer?.delegate = self
        hedge.transfer?.delegate = hedge
        summary.backend = upstream?.backend.name
    }

    /// The hedge has come to nothing. The first attempt is still waited for, and soon gets other company if there may be.
    func hedgeFailed(_ hedge: HedgedAttempt, _ error: ProxyError) {
        guard hedge === self.hedge else { return }
        report(error, of: hedge.backend)
        note(error, of: hedge)
        summary.backend = hedge.backend.name
        logFailure(error, retryingOn: upstream?.backend)
        summary.backend = upstream?.backend.name
        dropHedge()
        guard !facts.hasHead else { return }
        postponeHedge()
        downstream?.setDeadline(deadlines.deadline)
    }

    /// Nobody waits for the hedge any more; it is nobody's fault.
    func dropHedge() {
        guard let hedge else { return }
        self.hedge = nil
        if summary.details?.isExported == true, hedge.transfer != nil { note(nil, of: hedge) }
        if hedge.transfer != nil, pool?.shared.balancer.usesLatency == true {
            // It has taken at least so long, which is more than nothing known: else who is frozen would look fast for ever.
            let now = MonotonicTime.now()
            hedge.backend.observed(firstByteNanoseconds: now.nanoseconds(since: hedge.began), at: now.nanoseconds)
        }
        hedge.release(cancelling: true)
        if hedge.isCounted { pool?.shared.retries.end() }
    }
}
