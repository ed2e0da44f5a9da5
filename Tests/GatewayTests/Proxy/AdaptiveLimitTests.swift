// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct AdaptiveLimitTests {
    private static let millisecond: UInt64 = 1_000_000

    private func limit(_ minimum: Int = 10, _ maximum: Int = 1000) -> AdaptiveLimit {
        var configuration = AdaptiveConcurrencyConfiguration()
        configuration.minimum = minimum
        configuration.maximum = maximum
        return AdaptiveLimit(configuration)
    }

    private func sample(_ milliseconds: UInt64, count: Int = 50, active: Int) -> AdaptiveLimit.Sample {
        AdaptiveLimit.Sample(count: count, total: UInt64(count) * milliseconds * Self.millisecond, mostActive: active)
    }

    @Test func growsWhileAnswersStayFastAndTheLimitIsUsed() {
        var limit = limit()
        for turn in 0..<200 as Range<UInt64> { limit.update(sample(10, active: limit.current), at: turn) }
        #expect(limit.current == 1000)
    }

    /// A limit that has grown for so many turns with answers of 10 ms.
    private func grown(_ turns: UInt64 = 100) -> AdaptiveLimit {
        var limit = limit()
        for turn in 0..<turns { limit.update(sample(10, active: limit.current), at: turn) }
        return limit
    }

    @Test func staysWhereNobodyComesNearIt() {
        var limit = grown()
        let before = limit.current
        #expect(before > 100)
        for turn in 100..<150 as Range<UInt64> { limit.update(sample(10, active: 3), at: turn) }
        #expect(limit.current == before)
    }

    @Test func shrinksWhenAnswersTakeLongerButNotBelowTheMinimum() {
        var limit = grown()
        let before = limit.current
        for turn in 100..<104 as Range<UInt64> { limit.update(sample(40, active: before), at: turn) }
        #expect(limit.current < before * 6 / 10)
        for turn in 104..<200 as Range<UInt64> { limit.update(sample(400, active: before), at: turn) }
        #expect(limit.current == 10)
    }

    @Test func fewAnswersSayNothingUntilThereAreMore() {
        var limit = grown()
        let before = limit.current
        limit.update(sample(400, count: 9, active: 100), at: 101)
        #expect(limit.current == before)
        limit.update(sample(400, count: 1, active: 100), at: 102)
        #expect(limit.current < before)
    }

    @Test func aPoolThatHasBecomeSlowerForGoodIsGivenItsDueAgain() {
        var limit = grown()
        for turn in 100..<200 as Range<UInt64> { limit.update(sample(40, active: limit.current), at: turn) }
        #expect(limit.current == 10)
        var most = 0
        for turn in 1..<1200 as Range<UInt64> {
            limit.update(sample(40, active: limit.current), at: turn * 100 * Self.millisecond)
            most = max(most, limit.current)
        }
        #expect(most == 1000)
    }

    /// A modelled pool that can do so many at once and makes the rest wait: the limit finds about that number.
    @Test(arguments: [20, 60, 200]) func findsWhatAPoolCanDo(capacity: Int) {
        var limit = limit()
        var sum = 0
        for turn in 0..<400 as Range<UInt64> {
            let active = limit.current
            let time = UInt64(10 * max(capacity, active) / capacity)
            limit.update(sample(time, active: active), at: turn * 100 * Self.millisecond)
            if turn >= 200 { sum += limit.current }
        }
        let mean = sum / 200
        #expect(mean >= capacity && mean <= 3 * capacity, "\(mean)")
    }

    @Test func gateFollowsTheLimitButNotBeyondTheFixedOne() {
        let gate = PoolGate(fixed: 50, adaptive: limit())
        #expect(gate.currentLimit == 10)
        gate.set(limit: 2)
        #expect(gate.enter() && gate.enter() && !gate.enter())
        gate.answered(after: 5)
        gate.answered(after: 7)
        #expect(gate.takeSample() == AdaptiveLimit.Sample(count: 2, total: 12, mostActive: 2))
        gate.leave()
        #expect(gate.takeSample() == AdaptiveLimit.Sample(count: 0, total: 0, mostActive: 2))
        #expect(gate.takeSample() == AdaptiveLimit.Sample(count: 0, total: 0, mostActive: 1))
        gate.set(limit: 100)
        #expect(gate.currentLimit == 50)
    }
}
