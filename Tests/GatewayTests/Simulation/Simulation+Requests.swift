// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// The life of a request, as an exchange leads it.
extension Simulation {
    func arrive() {
        guard now < scenario.end else { return }
        let isBusy = scenario.troubles(of: 0, at: now).contains(.overload)
        let gap = isBusy ? scenario.gap / 10 : scenario.gap
        events.add(.arrival, at: now + UInt64.random(in: 1...2 * gap, using: &random))
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

    private func pick(for index: Int) -> Backend? {
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
        if attempt > scenario.pool.retry.attempts { complain("attempt \(attempt) of \(scenario.pool.retry.attempts)") }
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
        let troubles = scenario.troubles(of: index, at: now)
        if troubles.contains(.resets), Int.random(in: 0..<10, using: &random) < 3 {
            return (time, .failed(.connectionLost))
        }
        let isBad = troubles.contains(.partial) && Int.random(in: 0..<10, using: &random) < 7
        return (time, .answered(isBad ? 503 : 200))
    }

    func attemptEnded(_ index: Int, _ attempt: Int, _ outcome: Outcome) {
        guard let backend = requests[index].backend, requests[index].machine.attempt == attempt else {
            return complain("an attempt ended that was not under way")
        }
        switch outcome {
        case .answered(let status):
            health[backend.index].answered()
            let latency = now - requests[index].began
            if shared.balancer.usesLatency { backend.observed(firstByteNanoseconds: latency, at: now) }
            if shared.health.watchesAnswers {
                shared.health.answered(backend, status: status, latency: latency, at: now)
            }
            let mayRetry =
                policy.isFailure(status) && attempt < policy.attempts && reserve(index, mustCount: true)
            let error = mayRetry ? ProxyError(.unwantedStatus) : nil
            if error == nil { requests[index].machine.responseBegan() }
            settle(index, backend, error, mayRetry: mayRetry, status: status)
        case .failed(let kind):
            let error = ProxyError(kind)
            if error.isLackOfAnswer { shared.health.wentUnanswered(backend) }
            if error.speaksAgainstBackend { health[backend.index].failed(at: now) }
            _ = shared.health.failedWhileProxying(backend, at: now, reason: error.reason)
            let isDown = !shared.pool.isAvailable(backend.index)
            let mayRetry =
                policy.allows(error, attempt: attempt, isIdempotent: true, hasBody: true)
                && reserve(index, mustCount: policy.counts(error, backendIsDown: isDown))
            settle(index, backend, error, mayRetry: mayRetry, status: error.status)
        }
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

    private func reserve(_ index: Int, mustCount: Bool) -> Bool {
        let inFlight = shared.requestsInFlight
        if mustCount, shared.retries.begin(among: inFlight) != nil { return false }
        if mustCount {
            countedRetries += 1
            if shared.retries.active > shared.retries.allowed(among: inFlight) {
                complain("\(shared.retries.active) retries among \(inFlight) requests")
            }
            if shared.retries.active != countedRetries { complain("the budget has lost count") }
        }
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

    private func giveBack() {
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
        if requests[index].ends > 1 { complain("request \(index) ended twice") }
        let isRefusal = (status == 503 || status == 429) && scenario.mayRefuse
        if now >= scenario.settled, status != 200, !isRefusal {
            complain("request \(index) got \(status) though all is well")
        }
    }
}
