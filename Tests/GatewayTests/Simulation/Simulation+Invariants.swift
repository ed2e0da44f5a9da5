// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What must hold, whatever happens.
extension Simulation {
    /// After each step.
    func checkPool() {
        let pool = shared.pool
        let statuses = pool.backends.map { shared.health.status(of: $0) }
        let ejected = pool.backends.map { shared.health.isEjected($0) }
        for index in pool.backends.indices {
            let shouldBeIn = statuses[index] != .unhealthy && !ejected[index]
            if pool.isAvailable(index) != shouldBeIn {
                complain(
                    "backend \(index) is \(statuses[index]), ejected \(ejected[index]), and available the wrong way"
                )
            }
        }
        for index in pool.backends.indices {
            if let text = health[index].objection(to: statuses[index]) { complain("backend \(index) \(text)") }
            let bit: UInt64 = 1 << UInt64(index)
            if pool.word(at: 0) & bit > availability & bit { starts[index].cameBack() }
            if pool.word(at: 0) & bit < availability & bit { starts[index].left() }
        }
        availability = pool.word(at: 0)
        let isAnyHealthy = statuses.contains { $0 != .unhealthy }
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

    /// When nothing more happens.
    func checkEnd() {
        guard complaints.isEmpty else { return }
        let open = requests.indices.filter { requests[$0].ends != 1 }
        if !open.isEmpty { complain("requests \(open) did not end") }
        if shared.requestsInFlight != 0 { complain("\(shared.requestsInFlight) requests are counted that are over") }
        if shared.retries.active != 0 { complain("\(shared.retries.active) retries are counted that are over") }
        if inside != 0 || shared.gate.map({ $0.active != 0 }) == true { complain("\(inside) requests have not left") }
        // In turn means in turn, whatever has happened before; unless somebody whose turn it was had no room.
        guard scenario.pool.strategy == "round_robin",
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
        let isAnyIn = pool.backends.contains { pool.isAvailable($0.index) }
        return pool.backends.indices.filter { index in
            let isIn = pool.isAvailable(index) || (!isAnyIn && scenario.pool.whenAllDown == .tryAnyway)
            let most = scenario.pool.backends[index].maxConnections ?? .max
            return isIn && !tried.contains(index) && pool.backends[index].inFlight < most
        }
    }

    /// Among `eligible` the request was given to `backend`, the first time that it was to go anywhere.
    func checkSlowStart(_ backend: Backend, among eligible: [Int]) {
        guard scenario.pool.slowStart != nil, scenario.pool.strategy == "round_robin" else { return }
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
