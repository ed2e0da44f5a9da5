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
        let isAnyHealthy = statuses.contains { $0 != .unhealthy }
        if isAnyHealthy && pool.candidates(excluding: []).isEmpty {
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
        // In turn means in turn, whatever has happened before.
        if scenario.pool.strategy == "round_robin", let most = load.max(), let least = load.min(), most - least > 1 {
            complain("the load is \(load)")
        }
    }
}
