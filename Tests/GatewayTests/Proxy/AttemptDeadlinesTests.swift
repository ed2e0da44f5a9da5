// SPDX-License-Identifier: Apache-2.0

import Reactor
import Testing

@testable import Gateway

/// The time limits that hold for one attempt alone.
@Suite struct AttemptDeadlinesTests {
    private static let second: UInt64 = 1_000_000_000

    private func at(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * Self.second) }

    private func deadlines() -> ExchangeDeadlines {
        let timeouts = TimeoutsConfiguration(firstByte: .seconds(30), total: .seconds(100))
        return ExchangeDeadlines(ExchangeDeadlines.Limits(timeouts, LimitsConfiguration()), startedAt: at(0))
    }

    @Test func anAttemptHasItsTimeFromItsBeginning() {
        var deadlines = deadlines()
        deadlines.attemptBegan(at: at(0), limit: 2 * Self.second)
        deadlines.wait(for: .connect, from: at(0))
        #expect(deadlines.deadline == at(2))
        deadlines.wait(for: .firstByte, from: at(1))
        #expect(deadlines.deadline == at(2))
        #expect(deadlines.expired(at: at(2)).kind == .tryTimedOut)
        deadlines.attemptBegan(at: at(2), limit: 2 * Self.second)
        deadlines.wait(for: .connect, from: at(2))
        #expect(deadlines.deadline == at(4))
    }

    @Test func theClientsTimeIsNotTheBackends() {
        var deadlines = deadlines()
        deadlines.attemptBegan(at: at(0), limit: 2 * Self.second)
        deadlines.wait(for: .clientBody, from: at(0))
        #expect(deadlines.deadline > at(2))
        deadlines.wait(for: .firstByte, from: at(20))
        #expect(deadlines.deadline == at(22))
    }

    @Test func anAnswerThatHasBegunHasAllTheTime() {
        var deadlines = deadlines()
        deadlines.attemptBegan(at: at(0), limit: 2 * Self.second)
        deadlines.planHedge(Self.second, from: at(0))
        deadlines.wait(for: .firstByte, from: at(0))
        #expect(deadlines.deadline == at(1))
        deadlines.wait(for: .responseBody, from: at(1))
        #expect(deadlines.deadline > at(30))
    }

    @Test func aHedgeThatMayNotBeIsAskedForLessAndLessOften() {
        var deadlines = deadlines()
        deadlines.attemptBegan(at: at(0), limit: nil)
        deadlines.wait(for: .firstByte, from: at(0))
        deadlines.planHedge(8 * Self.second, from: at(0))
        #expect(deadlines.deadline == at(8))
        deadlines.postponeHedge(from: at(8))
        #expect(deadlines.deadline == at(9))
        deadlines.postponeHedge(from: at(9))
        #expect(deadlines.deadline == at(11))
        deadlines.postponeHedge(from: at(11))
        #expect(deadlines.deadline == at(15))
        let without = deadlines.deadline
        deadlines.dropHedge()
        #expect(deadlines.deadline > without)
    }

    @Test func theWaitForARetryIsAsLongAsItIsAndNoLongerThanTheWhole() {
        var deadlines = deadlines()
        deadlines.pause = 3 * Self.second
        deadlines.wait(for: .retry, from: at(10))
        #expect(deadlines.deadline == at(13))
        deadlines.wait(for: .retry, from: at(99))
        #expect(deadlines.deadline == at(100))
        #expect(deadlines.expired(at: at(100)).kind == .totalTimedOut)
    }
}
