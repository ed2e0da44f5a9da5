// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What must hold, whatever happens.
extension Simulation {
    /// After each step.
    func checkPool() {
        let pool = shared.pool
        let word = pool.word(at: 0)
        var isAnyHealthy = false
        var index = 0
        while index < limits.count {
            ejected[index] = shared.health.isEjected(pool.backends[index])
            if checkHealth(of: index, pool: word) != .unhealthy { isAnyHealthy = true }
            let bit: UInt64 = 1 << UInt64(index)
            if word & bit > availability & bit { starts[index].cameBack() }
            if word & bit < availability & bit { starts[index].left() }
            index += 1
        }
        availability = word
        if isAnyHealthy, availability == 0 {
            complain("nobody is in though somebody is healthy")
        }
        if let outlier = scenario.pool.outlier {
            let share = max(1, pool.backends.count * outlier.maximumEjectedPercent / 100)
            let most = outlier.maximumEjectedPercent == 0 ? 0 : min(share, pool.backends.count - 1)
            let count = ejected.count { $0 }
            if count > most { complain("\(count) backends are ejected where \(most) may be") }
        }
        if now >= scenario.settled, !pool.backends.allSatisfy({ pool.isAvailable($0.index) }) {
            let out = pool.backends.filter { !pool.isAvailable($0.index) }
            complain(
                "\(out) is out though everything is well: \(out.map { shared.health.lastChange(of: $0)?.reason ?? "" })"
            )
        }
    }

    /// The same of one backend, where no other can have changed, nor its ejection. `word` says who is in the pool.
    @discardableResult
    func checkHealth(of index: Int, pool word: UInt64) -> HealthState.Status {
        let status = shared.health.status(of: shared.pool.backends[index])
        if (word >> UInt64(index) & 1 == 1) != (status != .unhealthy && !ejected[index]) {
            complain("backend \(index) is \(status), ejected \(ejected[index]), and available the wrong way")
        }
        if let text = health[index].objection(to: status) { complain("backend \(index) \(text)") }
        return status
    }

    /// When nothing more happens.
    func checkEnd() {
        guard complaints.isEmpty else { return }
        let open = requests.indices.filter { requests[$0].ends != 1 }
        if !open.isEmpty { complain("requests \(open) did not end") }
        if shared.requestsInFlight != 0 { complain("\(shared.requestsInFlight) requests are counted that are over") }
        if shared.retries.active != 0 { complain("\(shared.retries.active) retries are counted that are over") }
        if inside != 0 || shared.gate.map({ $0.active != 0 }) == true { complain("\(inside) requests have not left") }
        // In turn means in turn, whatever has happened before; unless somebody whose turn it was had no room, or turns were
        // given to hedges.
        guard scenario.pool.strategy == "round_robin", policy.hedgeAfter == nil,
            !scenario.pool.backends.contains(where: { $0.maxConnections != nil })
        else { return }
        let weights = scenario.pool.backends.map { Double($0.weight) }
        let rounds = Double(load.reduce(0, +)) / weights.reduce(0, +)
        let most = scenario.pool.hasEqualShares ? 1 : 2.0
        if zip(load, weights).contains(where: { abs(Double($0) - rounds * $1) > most }) {
            complain("the load is \(load)")
        }
    }

    // MARK: A request

    /// Who may have a request that has tried `tried`, found out without the gateway's help.
    func eligible(_ tried: BackendSet) -> [Int] {
        let pool = shared.pool
        let word = pool.word(at: 0)
        let isTriedAnyway = word == 0 && scenario.pool.whenAllDown == .tryAnyway
        var found: [Int] = []
        var index = 0
        while index < limits.count {
            let isIn = word >> UInt64(index) & 1 == 1 || isTriedAnyway
            if isIn, !tried.contains(index), pool.backends[index].inFlight < limits[index] { found.append(index) }
            index += 1
        }
        return found
    }

    /// Among `eligible` the request was given to `backend`, the first time that it was to go anywhere.
    func checkSlowStart(_ backend: Backend, among eligible: [Int]) {
        guard scenario.pool.slowStart != nil, scenario.pool.strategy == "round_robin", policy.hedgeAfter == nil else {
            return
        }
        let shares = eligible.map { starts[$0].progress(at: now) * Double(scenario.pool.backends[$0].weight) }
        let sum = shares.reduce(0, +)
        for (index, share) in zip(eligible, shares) {
            if let text = starts[index].placed(share / sum, isHere: index == backend.index, at: now) {
                complain("backend \(index) starts slowly and \(text)")
            }
        }
    }

    /// A client has asked and was let in, or not. The limit: never more than the burst, and one for each interval that has passed.
    func checkLimit(of client: Int, _ rule: GCRA, isAllowed: Bool) {
        var next: UInt64 = 0
        for time in admissions[client] { next = max(next, time) + rule.interval }
        let shouldBe = max(next, now) + rule.interval <= now + rule.tolerance
        if isAllowed { admissions[client].append(now) }
        if isAllowed != shouldBe { complain("client \(client) was \(isAllowed ? "let in" : "refused") the wrong way") }
    }
}
