// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Gateway

@Suite struct RetryBudgetTests {
    private func budget(_ percent: Int?, minimum: Int = 3, limit: Int? = nil) -> RetryBudget {
        var retry = RetryConfiguration()
        retry.budgetPercent = percent
        retry.budgetMinimum = minimum
        var limits = PoolLimitsConfiguration()
        limits.activeRetries = limit
        return RetryBudget(retry, limits)
    }

    @Test func aShareOfTheRequestsMayBeRetries() {
        let budget = budget(20)
        for _ in 0..<20 { #expect(budget.begin(among: 100) == nil) }
        #expect(budget.begin(among: 100) == .budget)
        budget.end()
        #expect(budget.begin(among: 100) == nil)
    }

    @Test func someMayHoweverFewRequestsThereAre() {
        let budget = budget(20)
        for _ in 0..<3 { #expect(budget.begin(among: 1) == nil) }
        #expect(budget.begin(among: 1) == .budget)
    }

    @Test func withoutABudgetOnlyTheLimitCounts() {
        let budget = budget(nil, limit: 2)
        #expect(budget.begin(among: 0) == nil)
        #expect(budget.begin(among: 0) == nil)
        #expect(budget.begin(among: 0) == .limit)
    }

    @Test func threadsTogetherNeverHaveMoreThanAllowed() throws {
        let budget = budget(10)
        let most = Atomic<Int>(0)
        let begun = Atomic<Int>(0)
        try onThreads(4) { _ in
            for _ in 0..<5000 {
                guard budget.begin(among: 50) == nil else { continue }
                let now = begun.add(1, ordering: .relaxed).newValue
                most.max(now, ordering: .relaxed)
                begun.subtract(1, ordering: .relaxed)
                budget.end()
            }
        }
        #expect(budget.active == 0)
        #expect((1...5).contains(most.load(ordering: .relaxed)))
    }

    @Test func gateLetsInNoMoreThanItsLimit() {
        let gate = PoolGate(fixed: 2)
        #expect(gate.enter() && gate.enter())
        #expect(!gate.enter())
        gate.leave()
        #expect(gate.enter())
        #expect(gate.active == 2)
    }
}
