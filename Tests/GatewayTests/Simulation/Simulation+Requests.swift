// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// The life of a request, as an exchange leads it.
extension Simulation {
    func arrive() {
        guard now < scenario.end else { return }
        events.add(.arrival, at: now + draw(upTo: 2 * scenario.gap(at: now)))
        requests.append(Request())
        let index = requests.count - 1
        if let limiter, let rule = scenario.rateLimit {
            let client = index % 3
            let isAllowed = limiter.take(UInt64(client + 1) &* 0x9E37_79B9_7F4A_7C15, at: now).isAllowed
            checkLimit(of: client, rule, isAllowed: isAllowed)
            if !isAllowed { return end(index, status: 429) }
        }
        if let gate = shared.gate {
            let mayEnter = inside < scenario.pool.limits.activeRequests ?? .max
            requests[index].isInside = gate.enter()
            if requests[index].isInside != mayEnter { complain("the gate is wrong about \(inside) requests") }
            guard requests[index].isInside else { return end(index, status: 503) }
            inside += 1
        }
        guard let backend = pick(for: index) else { return end(index, status: 503) }
        if now >= scenario.settled { load[backend.index] += 1 }
        attempt(index, backend)
    }

    func pick(for index: Int) -> Backend? {
        let tried = requests[index].tried
        let eligible = eligible(tried)
        let key = RequestKey(hash: UInt64(index) &* 0x9E37_79B9_7F4A_7C15, time: now)
        guard let backend = shared.balancer.pick(for: key, tried: tried).backend else {
            if !eligible.isEmpty { complain("nobody was picked though \(eligible) could be") }
            return nil
        }
        if !eligible.contains(backend.index) { complain("\(backend) was picked where \(eligible) could be") }
        if tried.isEmpty { checkSlowStart(backend, among: eligible) }
        requests[index].tried.insert(backend.index)
        return backend
    }

    private func attempt(_ index: Int, _ backend: Backend) {
        requests[index].machine.attemptStarted()
        requests[index].backend = backend
        requests[index].began = now
        let attempt = requests[index].machine.attempt
        requests[index].number = attempt
        if attempt > scenario.pool.retry.attempts { complain("attempt \(attempt) of \(scenario.pool.retry.attempts)") }
        send(index, attempt, to: backend)
        planHedge(index, number: attempt)
    }

    func send(_ index: Int, _ attempt: Int, to backend: Backend) {
        let (delay, outcome) = outcome(at: backend.index)
        events.add(.outcome(request: index, attempt: attempt, outcome), at: now + delay)
    }

    /// What a backend makes of a request that it is sent now, and when that is known.
    private func outcome(at index: Int) -> (UInt64, Outcome) {
        guard scenario.isUp(index, at: now) else { return (1_000_000, .failed(.connectRefused)) }
        let limit = scenario.pool.timeouts.firstByte.wholeNanoseconds
        let time = latency(of: index)
        if let death = scenario.nextDeath(of: index, after: now, before: now + min(time, limit)) {
            return (death - now, .failed(.connectionLost))
        }
        if time > limit { return (limit, .failed(.responseTimedOut)) }
        if scenario.has(.resets, index, at: now), draw(upTo: 10) <= 3 { return (time, .failed(.connectionLost)) }
        let isBad = scenario.has(.partial, index, at: now) && draw(upTo: 10) <= 7
        return (time, .answered(isBad ? 503 : 200))
    }

    func attemptEnded(_ index: Int, _ attempt: Int, _ outcome: Outcome) {
        if let hedge = requests[index].hedge, hedge.number == attempt { return hedgeEnded(index, hedge, outcome) }
        guard let backend = requests[index].backend, requests[index].number == attempt else {
            // One of two was cancelled when the other had an answer.
            if policy.hedgeAfter == nil { complain("an attempt ended that was not under way") }
            return
        }
        switch outcome {
        case .answered(let status): answered(index, status)
        case .failed(let kind):
            let error = ProxyError(kind)
            report(error, of: backend)
            if goOnWithHedge(index) { return }
            let isDown = !shared.pool.isAvailable(backend.index)
            let mayRetry =
                policy.allows(error, attempt: requests[index].machine.attempt, isIdempotent: true, hasBody: true)
                && reserve(index, mustCount: policy.counts(error, backendIsDown: isDown))
            settle(index, backend, error, mayRetry: mayRetry, status: error.status)
        }
    }

    /// The attempt that is waited for has an answer.
    func answered(_ index: Int, _ status: Int, alreadyNoted: Bool = false) {
        guard let backend = requests[index].backend else { return complain("an answer from nobody") }
        if !alreadyNoted { noteAnswer(status, of: backend, after: now - requests[index].began) }
        if policy.isFailure(status), goOnWithHedge(index) { return }
        dropHedge(index)
        let mayRetry =
            policy.isFailure(status) && requests[index].machine.attempt < policy.attempts
            && reserve(index, mustCount: true)
        let error = mayRetry ? ProxyError(.unwantedStatus) : nil
        if error == nil { requests[index].machine.responseBegan() }
        settle(index, backend, error, mayRetry: mayRetry, status: status)
    }

    func noteAnswer(_ status: Int, of backend: Backend, after latency: UInt64) {
        health[backend.index].answered()
        if shared.balancer.usesLatency { backend.observed(firstByteNanoseconds: latency, at: now) }
        if shared.health.watchesAnswers { shared.health.answered(backend, status: status, latency: latency, at: now) }
    }

    func report(_ error: ProxyError, of backend: Backend) {
        if error.isLackOfAnswer { shared.health.wentUnanswered(backend) }
        if error.speaksAgainstBackend { health[backend.index].failed(at: now) }
        _ = shared.health.failedWhileProxying(backend, at: now, reason: error.reason)
    }

    private func settle(_ index: Int, _ backend: Backend, _ error: ProxyError?, mayRetry: Bool, status: Int) {
        backend.requestEnded()
        endRetry(index)
        requests[index].backend = nil
        switch requests[index].machine.attemptEnded(error, mayRetry: mayRetry) {
        case .retry:
            let pause = policy.wait(after: requests[index].machine.attempt, using: &random)
            if pause > 10 * scenario.pool.retry.backoff.wholeNanoseconds { complain("a wait of \(pause) ns") }
            if pause == 0 { followPlan(index) } else { events.add(.retry(request: index), at: now + pause) }
        case .finish, .answer, .cut, .abandon: end(index, status: status)
        }
    }

    // MARK: Retries

    /// Takes a place in the budget, if there is one.
    func beginRetry() -> Bool {
        let inFlight = shared.requestsInFlight
        if shared.retries.begin(among: inFlight) != nil { return false }
        countedRetries += 1
        if shared.retries.active > shared.retries.allowed(among: inFlight) {
            complain("\(shared.retries.active) retries among \(inFlight) requests")
        }
        if shared.retries.active != countedRetries { complain("the budget has lost count") }
        return true
    }

    private func reserve(_ index: Int, mustCount: Bool) -> Bool {
        if mustCount, !beginRetry() { return false }
        if let backend = pick(for: index) {
            requests[index].plan = RetryPlan(backend: backend, isCounted: mustCount)
            return true
        }
        if mustCount { giveBack() }
        return false
    }

    func followPlan(_ index: Int) {
        guard var plan = requests[index].plan else { return complain("a retry without a plan") }
        requests[index].plan = nil
        if !shared.pool.isAvailable(plan.backend.index), let other = pick(for: index) {
            plan.backend.requestEnded()
            plan = RetryPlan(backend: other, isCounted: plan.isCounted)
        }
        requests[index].isCounted = plan.isCounted
        attempt(index, plan.backend)
    }

    private func endRetry(_ index: Int) {
        if requests[index].isCounted { giveBack() }
        requests[index].isCounted = false
    }

    func giveBack() {
        shared.retries.end()
        countedRetries -= 1
    }

    private func end(_ index: Int, status: Int) {
        requests[index].ends += 1
        requests[index].status = status
        if requests[index].isInside {
            shared.gate?.leave()
            inside -= 1
        }
        if requests[index].hedge != nil { complain("request \(index) is over, and its hedge is not") }
        if requests[index].ends > 1 { complain("request \(index) ended twice") }
        let isRefusal = (status == 503 || status == 429) && scenario.mayRefuse
        if now >= scenario.settled, status != 200, !isRefusal {
            complain("request \(index) got \(status) though all is well")
        }
    }
}
