// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Reactor

@Suite final class TimersTests {
    private final class Owner: TimerHandler {
        func timerFired(_ timer: TimerID, at now: MonotonicTime) {}
    }

    private let owner = Owner()
    private var timers = Timers()

    private func at(_ nanoseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

    /// Every timer that has gone off by `now`, in order.
    private func expired(_ now: UInt64) -> [TimerID] {
        var ids: [TimerID] = []
        while let (id, _) = timers.popExpired(at(now)) { ids.append(id) }
        return ids
    }

    @Test func timersGoOffInTheOrderOfTheirDeadlines() {
        let deadlines: [UInt64] = [50, 10, 40, 20, 30]
        let ids = deadlines.map { deadline in
            let id = timers.make(owner)
            timers.set(id, to: at(deadline))
            return id
        }
        #expect(timers.next == at(10))
        #expect(expired(9).isEmpty)
        #expect(expired(30) == [ids[1], ids[3], ids[4]])
        #expect(timers.next == at(40))
        #expect(expired(100) == [ids[2], ids[0]])
        #expect(timers.next == nil)
    }

    @Test func aTimerGoesOffOnceAndMayBeSetAgain() {
        let id = timers.make(owner)
        timers.set(id, to: at(10))
        #expect(expired(10) == [id])
        #expect(expired(1000).isEmpty)
        timers.set(id, to: at(2000))
        #expect(expired(2000) == [id])
    }

    @Test func aDeadlineMovedAwayIsMetAtItsNewTimeAlone() {
        let id = timers.make(owner)
        timers.set(id, to: at(10))
        for deadline in stride(from: UInt64(20), through: 100, by: 10) { timers.set(id, to: at(deadline)) }
        // The loop may wake too early for it, but must not be told.
        #expect(expired(99).isEmpty)
        #expect(timers.next == at(100))
        #expect(expired(100) == [id])
    }

    @Test func aDeadlineMovedCloserIsMetAtItsNewTime() {
        let other = timers.make(owner)
        timers.set(other, to: at(50))
        let id = timers.make(owner)
        timers.set(id, to: at(100))
        timers.set(id, to: at(10))
        #expect(timers.next == at(10))
        #expect(expired(60) == [id, other])
    }

    @Test func aDeadlineMovedAwayAndBackIsNotMissed() {
        let id = timers.make(owner)
        timers.set(id, to: at(10))
        timers.set(id, to: at(1000))
        timers.set(id, to: at(20))
        #expect(expired(20) == [id])
    }

    @Test func aClearedTimerDoesNotGoOff() {
        let id = timers.make(owner)
        timers.set(id, to: at(10))
        timers.clear(id)
        #expect(expired(1000).isEmpty)
        // Nothing is left that the loop would wake up for.
        #expect(timers.next == nil)
        timers.set(id, to: at(2000))
        #expect(expired(2000) == [id])
    }

    @Test func aDistantDeadlineIsNoDeadline() {
        let id = timers.make(owner)
        timers.set(id, to: .distantFuture)
        #expect(timers.next == nil)
        timers.set(id, to: at(10))
        timers.set(id, to: .distantFuture)
        #expect(expired(1_000_000).isEmpty)
        #expect(timers.next == nil)
    }

    @Test func aReleasedTimerIsForgottenAndItsPlaceUsedAgain() {
        let first = timers.make(owner)
        timers.set(first, to: at(10))
        timers.release(first)
        #expect(timers.next == nil)
        let second = timers.make(owner)
        #expect(second == first, "the place is used again")
        // The deadline of its former life must not be met.
        #expect(expired(1000).isEmpty)
        timers.set(second, to: at(2000))
        #expect(expired(2000) == [second])
    }

    @Test func aReleasedTimerLetsGoOfItsHandler() {
        weak var handler: Owner?
        let id: TimerID
        do {
            let local = Owner()
            handler = local
            id = timers.make(local)
            timers.set(id, to: at(10))
        }
        #expect(handler != nil)
        timers.release(id)
        #expect(handler == nil)
    }

    /// 60,000 random operations beside a list that is searched from end to end.
    @Test(arguments: [1, 2, 3]) func manyRandomOperationsAgreeWithASimpleModel(seed: UInt64) {
        var random = SmallRandom(seed: seed)
        var model: [TimerID: UInt64?] = [:]
        var ids: [TimerID] = []
        var now: UInt64 = 0
        for _ in 0..<60_000 {
            switch random.next(10) {
            case 0 where ids.count < 60, 1 where ids.count < 20:
                let id = timers.make(owner)
                #expect(model[id] == nil, "an id was given out twice")
                model[id] = .some(nil)
                ids.append(id)
            case 2 where !ids.isEmpty:
                let id = ids.remove(at: random.next(ids.count))
                timers.release(id)
                model[id] = nil
            case 3 where !ids.isEmpty:
                let id = ids[random.next(ids.count)]
                timers.clear(id)
                model[id] = .some(nil)
            case 4:
                now += UInt64(random.next(40))
                let due = model.compactMap { id, deadline in deadline.map { (id, $0) } }.filter { $0.1 <= now }
                let fired = expired(now)
                if Set(fired) != Set(due.map(\.0)) || fired.count != due.count {
                    Issue.record("at \(now) \(fired) went off, not \(due)")
                    return
                }
                for id in fired { model[id] = .some(nil) }
            default:
                guard !ids.isEmpty else { continue }
                let id = ids[random.next(ids.count)]
                let deadline = now + UInt64(random.next(500))
                timers.set(id, to: at(deadline))
                model[id] = .some(deadline)
            }
            // The loop may wake too early, never too late.
            if let first = model.values.compactMap({ $0 }).min(), timers.next ?? .distantFuture > at(first) {
                Issue.record("the loop would sleep beyond \(first)")
                return
            }
        }
    }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct SmallRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number from 0 up to `bound`, exclusive.
    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((word ^ (word >> 31)) % UInt64(bound))
    }
}
