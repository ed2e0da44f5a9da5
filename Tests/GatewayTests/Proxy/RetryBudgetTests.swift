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
        let gate = PoolGate(limit: 2)
        #expect(gate.enter() && gate.enter())
        #expect(!gate.enter())
        gate.leave()
        #expect(gate.enter())
        #expect(gate.active == 2)
    }
}

@Suite struct RetryPolicyTests {
    private func policy(_ change: (inout RetryConfiguration) -> Void = { _ in }) -> RetryPolicy {
        var configuration = RetryConfiguration()
        change(&configuration)
        return RetryPolicy(configuration)
    }

    @Test func theFirstRetryGoesAtOnceAndLaterOnesWaitUpToTwiceAsLongEach() {
        let policy = policy { $0.backoff = .milliseconds(25) }
        var random = PseudoRandom(seed: 3)
        #expect(policy.wait(after: 1, using: &random) == 0)
        for (attempt, longest) in [(2, 25), (3, 50), (4, 100), (5, 200), (6, 250), (7, 250), (60, 250)] {
            let waits = (0..<300).map { _ in policy.wait(after: attempt, using: &random) }
            #expect(waits.max()! <= UInt64(longest) * 1_000_000)
            #expect(waits.max()! > UInt64(longest) * 900_000)
            #expect(waits.min()! < UInt64(longest) * 100_000)
        }
    }

    @Test func withoutBackoffThereIsNoWait() {
        var random = PseudoRandom(seed: 3)
        #expect(policy { $0.backoff = .zero }.wait(after: 5, using: &random) == 0)
    }

    @Test func statusesAreFailuresOnlyWhereConfigured() {
        #expect(!policy().isFailure(503))
        let some = policy { $0.statuses = [502, 503] }
        #expect(some.isFailure(503) && !some.isFailure(500) && !some.isFailure(200))
        #expect(some.allows(ProxyError(.unwantedStatus), attempt: 1, isIdempotent: true, hasBody: true))
        #expect(!some.allows(ProxyError(.unwantedStatus), attempt: 1, isIdempotent: false, hasBody: true))
    }

    @Test func leavingABackendThatIsDownCostsNothing() {
        let policy = policy()
        #expect(!policy.counts(ProxyError(.connectRefused), backendIsDown: false))
        #expect(!policy.counts(ProxyError(.connectionLost), backendIsDown: true))
        #expect(policy.counts(ProxyError(.connectionLost), backendIsDown: false))
        #expect(policy.counts(ProxyError(.responseTimedOut), backendIsDown: true))
        #expect(policy.counts(ProxyError(.unwantedStatus), backendIsDown: true))
    }

    @Test func refusedRetrySaysWhy() {
        let error = ProxyError(.responseTimedOut).notRetried(.budget)
        #expect(error.reason == "no response in time, not retried: the retry budget is used up")
        #expect(error.status == 504)
        #expect(error.proxyStatusDetails.map { "\($0)" } == "not retried: the retry budget is used up")
    }
}
