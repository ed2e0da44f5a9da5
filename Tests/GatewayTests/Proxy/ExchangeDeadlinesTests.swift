// SPDX-License-Identifier: Apache-2.0

import Reactor
import Testing

@testable import Gateway

@Suite struct ExchangeDeadlinesTests {
    private static let second: UInt64 = 1_000_000_000

    private func at(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * Self.second) }

    /// Client's body 5 s, first byte 10 s, idle 20 s; begun at 100 s.
    private func deadlines(total: Duration? = .seconds(1000)) -> ExchangeDeadlines {
        let timeouts = TimeoutsConfiguration(
            connect: .seconds(3),
            firstByte: .seconds(10),
            idle: .seconds(20),
            total: total
        )
        let limits = LimitsConfiguration(bodyTimeout: .seconds(5))
        return ExchangeDeadlines(ExchangeDeadlines.Limits(timeouts, limits), startedAt: at(100))
    }

    @Test(arguments: [
        (ExchangeDeadlines.Waiting.clientBody, UInt64(5), ProxyError.Kind.bodyTooSlow),
        (.backendTakesBody, 20, .bodyNotTaken), (.firstByte, 10, .responseTimedOut), (.responseBody, 20, .idleTimedOut),
        (.clientReads, 20, .clientStoppedReading),
    ])
    func eachWaitingHasItsLimitAndItsError(waiting: ExchangeDeadlines.Waiting, seconds: UInt64, kind: ProxyError.Kind) {
        var deadlines = deadlines()
        deadlines.wait(for: waiting, from: at(200))
        #expect(deadlines.deadline == at(200 + seconds))
        #expect(deadlines.expired(at: at(200 + seconds)).kind == kind)
    }

    /// It is what an exchange waits for first.
    @Test func aConnectionHasItsLimit() {
        #expect(deadlines().deadline == at(103))
        #expect(deadlines().expired(at: at(103)).kind == .connectTimedOut)
        #expect(deadlines(total: .seconds(2)).deadline == at(102))
        #expect(deadlines(total: .seconds(2)).expired(at: at(102)).kind == .totalTimedOut)
    }

    /// Else nobody would set a timer for it, and the time would be that of whatever was waited for before.
    @Test func toWaitForAConnectionIsAlwaysNews() {
        var deadlines = deadlines()
        #expect(!deadlines.isWaiting(for: .connect, since: at(100)))
        deadlines.wait(for: .firstByte, from: at(100))
        #expect(deadlines.isWaiting(for: .firstByte, since: at(100)))
        #expect(!deadlines.isWaiting(for: .firstByte, since: at(101)))
        #expect(!deadlines.isWaiting(for: .responseBody, since: at(100)))
    }

    @Test func aClientIsSlowWhenItHasSentNothingForAWhile() {
        var deadlines = deadlines()
        #expect(!deadlines.isClientSlow(at: at(200)))
        deadlines.wait(for: .clientBody, from: at(200))
        #expect(!deadlines.isClientSlow(at: at(200)))
        #expect(deadlines.isClientSlow(at: at(201)))
    }

    @Test func waitingForTheSameAgainBeginsAnew() {
        var deadlines = deadlines()
        deadlines.wait(for: .responseBody, from: at(200))
        deadlines.wait(for: .responseBody, from: at(215))
        #expect(deadlines.deadline == at(235))
    }

    @Test func theWholeIsLimitedHoweverMuchHappens() {
        var deadlines = deadlines(total: .seconds(50))
        deadlines.wait(for: .responseBody, from: at(145))
        #expect(deadlines.deadline == at(150))
        #expect(deadlines.expired(at: at(150)).kind == .totalTimedOut)
    }

    @Test func theErrorSaysWhichLimitItWas() {
        var deadlines = deadlines()
        deadlines.wait(for: .firstByte, from: at(200))
        #expect(deadlines.expired(at: at(210)).reason == "no response within 10s")
        let timeouts = TimeoutsConfiguration(firstByte: .milliseconds(1500))
        var short = ExchangeDeadlines(ExchangeDeadlines.Limits(timeouts, LimitsConfiguration()), startedAt: at(0))
        short.wait(for: .firstByte, from: at(0))
        #expect(short.expired(at: at(2)).reason == "no response within 1500ms")
    }
}
