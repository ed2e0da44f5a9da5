// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// What the limit means, said as slowly as possible: a request may come if every stretch of time that ends with it has held
/// no more than the burst, and one more for each whole interval.
private struct NaiveLimit {
    let interval: UInt64
    let burst: UInt64
    private var allowed: [UInt64] = []

    init(_ rule: GCRA, burst: Int) {
        interval = rule.interval
        self.burst = UInt64(burst)
    }

    private func mayCome(at now: UInt64) -> Bool {
        allowed.indices.allSatisfy { index in
            UInt64(allowed.count - index) + 1 <= burst + (now - allowed[index]) / interval
        }
    }

    mutating func take(at now: UInt64) -> Bool {
        guard mayCome(at: now) else { return false }
        allowed.append(now)
        return true
    }

    /// How many could come now, and no more after that.
    func remaining(at now: UInt64) -> UInt64 {
        var copy = self
        var count: UInt64 = 0
        while copy.take(at: now) { count += 1 }
        return count
    }
}

@Suite struct GCRATests {
    private static let second: UInt64 = 1_000_000_000

    @Test(arguments: 0..<200) func decidesAsTheDefinitionSays(seed: UInt64) {
        var random = SplitMix(seed)
        let requests = Int(random.next(below: 12)) + 1
        let burst = Int(random.next(below: 12)) + 1
        let period = 1 + random.next(below: 1000)
        let rule = GCRA(requests: requests, period: period, burst: burst)
        var naive = NaiveLimit(rule, burst: burst)
        var now = random.next(below: 1000) + 1
        var arrival: UInt64 = 0
        for _ in 0..<120 {
            // Bursts, steps of about the interval, exact multiples of it, and long pauses.
            switch random.next(below: 8) {
            case 0...2: break
            case 3: now += rule.interval
            case 4: now += rule.interval * UInt64(burst) * 3
            case 5: now += rule.interval > 1 ? rule.interval - 1 : 0
            default: now += random.next(below: rule.interval * 2)
            }
            let before = naive
            let decision = rule.decide(arrival, at: now)
            let isAllowed = naive.take(at: now)
            #expect(decision.isAllowed == isAllowed)
            #expect(decision.remaining == naive.remaining(at: now))
            arrival = decision.arrival
            if !decision.isAllowed || decision.remaining == 0 {
                // One comes when it is said to, and not a nanosecond earlier.
                var early = decision.isAllowed ? naive : before
                let late = early
                let isEarlyAllowed = early.take(at: now + decision.wait - 1)
                #expect(!isEarlyAllowed)
                var then = late
                let isThenAllowed = then.take(at: now + decision.wait)
                #expect(isThenAllowed)
            } else {
                #expect(naive.remaining(at: now + decision.wait) == UInt64(burst))
                #expect(naive.remaining(at: now + decision.wait - 1) < UInt64(burst))
            }
        }
    }

    @Test func aBurstThenTheRate() {
        let rule = GCRA(requests: 10, period: GCRATests.second, burst: 3)
        var arrival: UInt64 = 0
        let now = 5 * GCRATests.second
        for left in [2, 1, 0] as [UInt64] {
            let decision = rule.decide(arrival, at: now)
            #expect(decision.isAllowed)
            #expect(decision.remaining == left)
            arrival = decision.arrival
        }
        let refused = rule.decide(arrival, at: now)
        #expect(!refused.isAllowed)
        #expect(refused.arrival == arrival)
        #expect(refused.wait == GCRATests.second / 10)
        #expect(rule.decide(arrival, at: now + GCRATests.second / 10).isAllowed)
    }

    @Test func aLongPauseGivesOneBurstAndNoMore() {
        let rule = GCRA(requests: 1, period: GCRATests.second, burst: 2)
        var arrival: UInt64 = 0
        for now in [1, 1_000_000 * GCRATests.second] {
            var count = 0
            while true {
                let decision = rule.decide(arrival, at: now)
                arrival = decision.arrival
                guard decision.isAllowed else { break }
                count += 1
            }
            #expect(count == 2)
        }
    }

    /// Workers look at the clock at different times.
    @Test func aClockThatIsBehindMakesNobodyWaitLongerThanThat() {
        let rule = GCRA(requests: 1, period: 100, burst: 1)
        let first = rule.decide(0, at: 1000)
        let second = rule.decide(first.arrival, at: 990)
        #expect(!second.isAllowed)
        #expect(second.wait == 110)
        #expect(rule.decide(second.arrival, at: 1100).isAllowed)
    }

    @Test func theEdgesOfTheNumbersDoNoHarm() {
        let longest = GCRA(requests: 1, period: .max, burst: .max)
        let once = GCRA(requests: .max, period: 0, burst: 1)
        #expect(once.interval == 1)
        for rule in [longest, once, GCRA(requests: 1, period: .max, burst: 1), GCRA(requests: 0, period: 5, burst: 0)] {
            for now in [0, 1, .max / 2, .max - 1, .max] as [UInt64] {
                for arrival in [0, 1, now, .max] as [UInt64] {
                    let decision = rule.decide(arrival, at: now)
                    #expect(decision.arrival >= arrival)
                }
            }
            #expect(rule.decide(0, at: 1_000_000).isAllowed)
        }
    }

    /// Rounding an interval must not let more through than was asked for.
    @Test(arguments: [3, 7, 999, 1_000_000, 700_000_001]) func neverMoreThanTheLimit(requests: Int) {
        let rule = GCRA(requests: requests, period: GCRATests.second, burst: 1)
        #expect(GCRATests.second / rule.interval <= UInt64(requests))
    }
}
