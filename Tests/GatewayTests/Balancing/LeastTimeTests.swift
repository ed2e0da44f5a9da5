// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

private let millisecond: UInt64 = 1_000_000
private let second: UInt64 = 1_000_000_000

@Suite struct LatencyEstimateTests {
    @Test func theFirstObservationIsTheEstimate() {
        let estimate = LatencyEstimate.unknown.observing(12 * millisecond, at: 5 * second)
        #expect(LatencyEstimate.unknown.isUnknown)
        #expect(!estimate.isUnknown)
        #expect(estimate.value(at: 5 * second) == Float(12 * millisecond))
    }

    @Test func survivesBeingPacked() {
        let estimate = LatencyEstimate.unknown.observing(12_345_678, at: 77 * second)
        #expect(LatencyEstimate(packed: estimate.packed) == estimate)
        #expect(LatencyEstimate(packed: 0) == .unknown)
    }

    @Test func followsARiseAtOnceAndAFallSlowly() {
        var estimate = LatencyEstimate.unknown.observing(10 * millisecond, at: 0)
        estimate = estimate.observing(500 * millisecond, at: second)
        #expect(estimate.peak == Float(500 * millisecond))
        estimate = estimate.observing(10 * millisecond, at: 2 * second)
        #expect(estimate.peak > Float(400 * millisecond) && estimate.peak < Float(500 * millisecond), "in seconds")
        for step in 0..<120 { estimate = estimate.observing(10 * millisecond, at: (3 + UInt64(step)) * second) }
        #expect(abs(estimate.peak - Float(10 * millisecond)) < Float(millisecond))
    }

    /// It falls as fast whether it is asked ten times a second or ten thousand times.
    @Test func howFastItFallsDoesNotDependOnHowOftenItIsAsked() {
        let peaks = [10, 1000, 20_000].map { (perSecond: UInt64) in
            var estimate = LatencyEstimate.unknown.observing(second, at: 0)
            for step in 1...(10 * perSecond) {
                estimate = estimate.observing(millisecond, at: step * second / perSecond)
            }
            return estimate.peak / Float(second)
        }
        for average in peaks { #expect(abs(average - peaks[0]) < 0.02, "\(peaks)") }
        #expect(peaks[0] > 0.3 && peaks[0] < 0.6)
    }

    @Test func fadesByHalvesWhereNobodyAsks() {
        let estimate = LatencyEstimate.unknown.observing(second, at: 0)
        let half: UInt64 = 1 << 33
        for halvings in 0..<20 {
            let value = estimate.value(at: UInt64(halvings) * half)
            #expect(abs(value / Float(second) * Float(1 << halvings) - 1) < 0.001)
        }
        var last = Float.infinity
        for step in 0..<400 {
            let value = estimate.value(at: UInt64(step) * half / 16)
            #expect(value <= last)
            last = value
        }
        #expect(estimate.value(at: 1000 * half) == 0)
    }

    @Test func aClockThatWasReadEarlierChangesNothing() {
        let estimate = LatencyEstimate.unknown.observing(second, at: 10 * second)
        #expect(estimate.value(at: 9 * second) == estimate.value(at: 10 * second))
        #expect(estimate.observing(millisecond, at: 9 * second) == estimate)
    }

    @Test func instantAnswersAreKnownToo() {
        #expect(!LatencyEstimate.unknown.observing(0, at: 0).isUnknown)
    }
}

@Suite struct LeastTimeTests {
    /// Backends that take so long to answer, one request every `interval`, until the time is over.
    private struct Simulation {
        let balancer: LoadBalancer
        var times: [UInt64]
        private(set) var counts: [Int]
        private var now: UInt64 = 0
        private var ending: [(at: UInt64, backend: Backend, took: UInt64)] = []

        init(_ times: [UInt64], weights: [Int]? = nil) {
            let weights = weights ?? times.map { _ in 1 }
            balancer = LoadBalancer(pool: makePool(weights: weights), strategy: LeastTime(weights: weights))
            self.times = times
            counts = times.map { _ in 0 }
        }

        mutating func run(for duration: UInt64, every interval: UInt64) {
            let end = now + duration
            while now < end {
                now += interval
                let over = ending.filter { $0.at <= now }.sorted { $0.at < $1.at }
                ending.removeAll { $0.at <= now }
                for request in over {
                    request.backend.observed(firstByteNanoseconds: request.took, at: request.at)
                    request.backend.requestEnded()
                }
                guard let backend = balancer.pick(for: RequestKey(time: now), tried: []).backend else { continue }
                counts[backend.index] += 1
                ending.append((now + times[backend.index], backend, times[backend.index]))
            }
        }

        mutating func startCounting() { counts = counts.map { _ in 0 } }
    }

    @Test func triesEveryBackendAtTheStartAndOnlyOnceBeforeItAnswers() {
        let pool = makePool(of: 4)
        let balancer = LoadBalancer(pool: pool, strategy: LeastTime(weights: [1, 1, 1, 1]))
        let first = (0..<4).map { _ in balancer.pick(for: RequestKey(), tried: []).backend?.index }
        #expect(first == [0, 1, 2, 3])
        pool.backends[2].observed(firstByteNanoseconds: second, at: second)
        // It alone is known to answer at all.
        for _ in 0..<3 { #expect(balancer.pick(for: RequestKey(time: second), tried: []).backend?.index == 2) }
    }

    /// With work enough for all, each has as many in flight as makes waiting the same: so requests in proportion to speed.
    @Test func aBackendTwiceAsFastGetsTwiceAsMuch() {
        var simulation = Simulation([100 * millisecond, 50 * millisecond])
        simulation.run(for: 20 * second, every: millisecond)
        #expect(abs(Double(simulation.counts[1]) / Double(simulation.counts[0]) - 4) < 1, "\(simulation.counts)")
    }

    @Test func oneThatBecomesSlowLosesItsShareAndIsTriedAgain() {
        var simulation = Simulation([10 * millisecond, 10 * millisecond, 10 * millisecond])
        simulation.run(for: 5 * second, every: 5 * millisecond)
        #expect(simulation.counts.allSatisfy { $0 > 250 }, "\(simulation.counts)")

        simulation.times[1] = 2 * second
        simulation.run(for: second, every: 5 * millisecond)
        simulation.startCounting()
        simulation.run(for: 20 * second, every: 5 * millisecond)
        #expect(simulation.counts[1] < 20, "a slow backend has hardly any: \(simulation.counts)")

        simulation.times[1] = 10 * millisecond
        simulation.run(for: 120 * second, every: 5 * millisecond)
        simulation.startCounting()
        simulation.run(for: 10 * second, every: 5 * millisecond)
        #expect(simulation.counts[1] > 400, "a backend that is fast again has its share: \(simulation.counts)")
    }

    /// In pools of more than one row and not of whole ones, of equal weights and of others.
    @Test(arguments: 1...60)
    func nobodyElseWouldBeFaster(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let count = Int.random(in: 1...200, using: &random)
        let heaviest = seed % 2 == 0 ? 1 : 9
        let weights = (0..<count).map { _ in Int.random(in: 1...heaviest, using: &random) }
        let pool = makePool(weights: weights)
        for backend in pool.backends {
            for _ in 0..<Int.random(in: 0...20, using: &random) { backend.requestBegan() }
            let time = UInt64.random(in: 0...30, using: &random) * second
            backend.observed(firstByteNanoseconds: UInt64.random(in: 1...1_000_000_000, using: &random), at: time)
        }
        let now = 31 * second
        let costs = pool.backends.map { backend in
            Double(backend.latency.value(at: now)) * Double(backend.inFlight + 1) / Double(weights[backend.index])
        }
        let picked = LeastTime(weights: weights).pick(from: pool, for: RequestKey(time: now), tried: [])
        #expect(picked.map { costs[$0.index] <= (costs.min() ?? 0) * 1.000001 } == true, "seed \(seed)")
    }

    /// Straight lines between the half-lives, as the page Strategies says.
    @Test func whatIsLeftOfAPeakLiesOnStraightLines() {
        let peak = LatencyEstimate.unknown.observing(1 << 20, at: 0)
        let halfLife: UInt64 = 1 << 33
        for number in 0..<100 as Range<UInt64> {
            for part in 0..<16 as Range<UInt64> {
                let expected = Double(sign: .plus, exponent: 20 - Int(number), significand: 1) * (1 - Double(part) / 32)
                #expect(Double(peak.value(at: number * halfLife + part * halfLife / 16)) == expected)
            }
        }
        #expect(peak.value(at: 100 * halfLife) == 0)
        #expect(LatencyEstimate.unknown.observing(5, at: halfLife).value(at: 0) == 5, "a clock that is a little behind")
    }

    @Test func equallyFastBackendsShareByWeight() {
        var simulation = Simulation([50 * millisecond, 50 * millisecond], weights: [3, 1])
        simulation.run(for: 20 * second, every: millisecond)
        #expect(abs(Double(simulation.counts[0]) / Double(simulation.counts[1]) - 3) < 0.5, "\(simulation.counts)")
    }

    @Test func observationsOfAllThreadsCount() throws {
        let backend = makePool(of: 1).backends[0]
        try onThreads(4) { number in
            for step in 0..<1000 {
                backend.observed(firstByteNanoseconds: UInt64(number * 1000 + step), at: 0)
            }
        }
        // The slowest of them all, since they come at one moment.
        let pool = makePool(of: 1)
        pool.backends[0].observed(firstByteNanoseconds: 3999, at: 0)
        #expect(backend.latency == pool.backends[0].latency)
    }

    @Test func onlyThisStrategyAsksForLatencies() {
        for name in StrategyRegistry.names {
            let strategy = StrategyRegistry.makeStrategy(for: makeConfiguration(weights: [1, 2], strategy: name))
            #expect(strategy?.usesLatency == (name == "least_time"))
        }
    }
}
