// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct UrgentRoundsTests {
    private let pause = UrgentRounds.pause
    private let start: UInt64 = 1_000_000_000_000
    private let millisecond: UInt64 = 1_000_000

    @Test func ofManyWhoAskOneHasARoundBegin() {
        var rounds = UrgentRounds()
        #expect(rounds.ask(at: start, waitingSince: nil) == .begin)
        #expect(rounds.ask(at: start, waitingSince: nil) == .wait)
        rounds.began(at: start + 1)
        #expect(rounds.ask(at: start + 2, waitingSince: nil) == .wait)
        #expect(rounds.ask(at: start + millisecond, waitingSince: start) == .wait)
    }

    @Test func aRoundInVainEndsTheWaitingAndLetsNobodyWaitForAPause() {
        var rounds = UrgentRounds()
        _ = rounds.ask(at: start, waitingSince: nil)
        rounds.began(at: start)
        let end = start + millisecond
        rounds.ended(at: end, hasHelped: false)
        #expect(rounds.ask(at: end + 1, waitingSince: start) == .giveUp)
        #expect(rounds.ask(at: end + 1, waitingSince: nil) == .giveUp)
        #expect(rounds.ask(at: end + pause - 1, waitingSince: nil) == .giveUp)
        #expect(rounds.ask(at: end + pause, waitingSince: nil) == .begin)
    }

    @Test func afterARoundThatHelpedTheNextIsWaitedFor() {
        var rounds = UrgentRounds()
        _ = rounds.ask(at: start, waitingSince: nil)
        rounds.began(at: start)
        rounds.ended(at: start + 2, hasHelped: true)
        // All are out again, and who comes now has not seen the one that was back.
        let come = start + 3
        #expect(rounds.ask(at: come, waitingSince: nil) == .wait)
        #expect(rounds.ask(at: start + pause - 1, waitingSince: come) == .wait)
        #expect(rounds.ask(at: start + pause, waitingSince: come) == .begin)
    }

    @Test func whoeverWaitedForARoundThatHelpedOthersAloneGivesUp() {
        var rounds = UrgentRounds()
        _ = rounds.ask(at: start, waitingSince: nil)
        rounds.began(at: start)
        rounds.ended(at: start + 2, hasHelped: true)
        #expect(rounds.ask(at: start + 3, waitingSince: start) == .giveUp)
    }

    @Test func nobodyWaitsForLong() {
        var rounds = UrgentRounds()
        _ = rounds.ask(at: start, waitingSince: nil)
        #expect(rounds.ask(at: start + UrgentRounds.patience - 1, waitingSince: start) == .wait)
        #expect(rounds.ask(at: start + UrgentRounds.patience, waitingSince: start) == .giveUp)
    }

    @Test func aRoundWithoutAnswersIsInVainAfterAPauseAndKeepsNoOtherFromBeginning() {
        var rounds = UrgentRounds()
        _ = rounds.ask(at: start, waitingSince: nil)
        rounds.began(at: start)
        let late = start + pause - 1
        #expect(rounds.ask(at: late, waitingSince: nil) == .wait)
        #expect(rounds.ask(at: start + pause, waitingSince: late) == .giveUp)
        #expect(rounds.ask(at: start + 2 * pause - 1, waitingSince: nil) == .giveUp)
        #expect(rounds.ask(at: start + 2 * pause, waitingSince: nil) == .begin)
        // The answers of the first come at last.
        rounds.ended(at: start + 2 * pause + 1, hasHelped: false)
        #expect(rounds.ask(at: start + 2 * pause + 2, waitingSince: nil) == .wait)
    }

    @Test(arguments: [true, false]) func aFloodCausesNoMoreThanFourRoundsASecond(areHelpful: Bool) {
        var rounds = UrgentRounds()
        var count = 0
        for step in 0..<10_000 as Range<UInt64> {
            let now = start + step * millisecond
            guard rounds.ask(at: now, waitingSince: nil) == .begin else { continue }
            count += 1
            rounds.began(at: now)
            rounds.ended(at: now + 100_000, hasHelped: areHelpful)
        }
        #expect((36...40).contains(count))
    }
}

@Suite struct ComebackTests {
    private let pause = UrgentRounds.pause
    private let start: UInt64 = 1_000_000_000_000

    @Test func whoeverIsOutMayBePingedButNotTheLastOneAtOnce() {
        let comeback = Comeback()
        #expect(comeback.earliestPing(wentOut: start, isLast: false) <= start)
        #expect(comeback.earliestPing(wentOut: start, isLast: true) == start + Comeback.breath)
        // Whoever waits for it from the beginning still has time for the answer.
        #expect(Comeback.breath <= pause / 2)
    }

    /// Else who sends a request that kills, again and again, would keep a backend that is well from everybody else.
    @Test func whoeverFailsAgainSoonIsPingedAsOftenAsBefore() {
        var comeback = Comeback()
        var now = start
        for _ in 0..<10 {
            comeback.pinged(at: now)
            let out = now + 1_000_000
            #expect(comeback.earliestPing(wentOut: out, isLast: false) == now + pause)
            #expect(comeback.earliestPing(wentOut: out, isLast: true) == now + pause)
            now += pause
        }
        // Whoever comes just when a ping has left has time for the answer to the next.
        #expect(UrgentRounds.patience > pause)
        #expect(comeback.earliestPing(wentOut: now + pause, isLast: true) == now + pause + Comeback.breath)
    }
}
