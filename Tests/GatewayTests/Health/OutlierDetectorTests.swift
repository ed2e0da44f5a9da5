// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct OutlierDetectorTests {
    private static let second: UInt64 = 1_000_000_000

    private func configuration(_ change: (inout OutlierConfiguration) -> Void = { _ in }) -> OutlierConfiguration {
        var configuration = OutlierConfiguration()
        change(&configuration)
        return configuration
    }

    private func sample(_ requests: Int, failures: Int = 0, latency: UInt64 = 10_000_000) -> ResponseSample {
        var sample = ResponseSample()
        sample.requests = requests
        sample.failures = failures
        sample.latency.add(requests, bucket: LatencyBuckets.bucket(of: latency))
        return sample
    }

    private func look(_ detector: inout OutlierDetector, _ samples: [ResponseSample], at now: UInt64) -> [Ejection] {
        detector.evaluate(samples, at: now) { _, _ in true }
    }

    private func expectNobody(_ found: [Ejection]) {
        #expect(found.isEmpty)
    }

    @Test func soManyServerErrorsInARowEject() {
        var detector = OutlierDetector(configuration(), backends: 3)
        #expect(detector.serverErrors(inARow: 4, of: 1, at: 0, canSpare: true) == nil)
        let ejection = detector.serverErrors(inARow: 5, of: 1, at: 0, canSpare: true)
        #expect(ejection?.text == "ejected for 30s: 5 responses of 5xx in a row")
        #expect(detector.isEjected(1))
        #expect(detector.returning(at: 30 * Self.second - 1) == [])
        #expect(detector.returning(at: 30 * Self.second) == [1])
        #expect(!detector.isEjected(1))
    }

    @Test func ejectionsInARowGrowLongerUpToALimit() {
        var detector = OutlierDetector(
            configuration {
                $0.ejectFor = .seconds(10)
                $0.maximumEjection = .seconds(25)
            },
            backends: 2
        )
        var now: UInt64 = 0
        for seconds in [10, 20, 25, 25] as [UInt64] {
            let ejection = detector.serverErrors(inARow: 5, of: 0, at: now, canSpare: true)
            #expect(ejection?.duration == seconds * Self.second)
            now += seconds * Self.second
            #expect(detector.returning(at: now) == [0])
        }
        // Well for as long as it was out: a new row.
        now += 25 * Self.second
        #expect(detector.serverErrors(inARow: 5, of: 0, at: now, canSpare: true)?.duration == 10 * Self.second)
    }

    @Test(arguments: [(1, 50, 0), (2, 50, 1), (2, 100, 1), (3, 30, 1), (10, 30, 3), (10, 100, 9), (4, 0, 0)])
    func noMoreThanTheShareAreOutAndNeverTheLast(backends: Int, percent: Int, most: Int) {
        var detector = OutlierDetector(configuration { $0.maximumEjectedPercent = percent }, backends: backends)
        for index in 0..<backends { _ = detector.serverErrors(inARow: 9, of: index, at: 0, canSpare: true) }
        #expect(detector.ejected == most)
    }

    @Test func whoCannotBeSparedStays() {
        var detector = OutlierDetector(configuration(), backends: 3)
        #expect(detector.serverErrors(inARow: 9, of: 0, at: 0, canSpare: false) == nil)
    }

    @Test func shareOfFailuresEjectsTheWorstFirst() {
        var detector = OutlierDetector(configuration { $0.failurePercent = 50 }, backends: 3)
        let samples = [sample(40, failures: 20), sample(40, failures: 39), sample(40)]
        let found = detector.evaluate(samples, at: 0) { _, _ in true }
        #expect(found.map(\.text) == ["ejected for 30s: 97% of 40 requests failed within 10s"])
        #expect(found.map(\.index) == [1])
    }

    @Test func fewRequestsSayNothing() {
        var detector = OutlierDetector(configuration { $0.failurePercent = 50 }, backends: 2)
        expectNobody(look(&detector, [sample(19, failures: 19), sample(40)], at: 0))
        // With those of the next part of the window there are enough.
        let found = detector.evaluate([sample(1), sample(1)], at: 2 * Self.second) { _, _ in true }
        #expect(found.map(\.index) == [0])
    }

    @Test func whatIsOlderThanTheWindowIsForgotten() {
        var detector = OutlierDetector(configuration { $0.failurePercent = 50 }, backends: 2)
        expectNobody(look(&detector, [sample(19, failures: 19), sample(40)], at: 0))
        for part in 1...5 as ClosedRange<UInt64> {
            #expect(detector.isDue(at: part * 2 * Self.second))
            expectNobody(look(&detector, [sample(0), sample(9)], at: part * 2 * Self.second))
        }
        expectNobody(look(&detector, [sample(1), sample(9)], at: 12 * Self.second))
    }

    @Test func slownessIsMeasuredAgainstTheOthers() {
        var detector = OutlierDetector(configuration { $0.latencyFactor = 3 }, backends: 3)
        let samples = [
            sample(40, latency: 10_000_000), sample(40, latency: 100_000_000), sample(40, latency: 12_000_000),
        ]
        let found = detector.evaluate(samples, at: 0) { _, _ in true }
        #expect(found.map(\.index) == [1])
        #expect(found.first?.text == "ejected for 30s: its answers take 92ms where the others' take 9ms")
    }

    @Test func whereAllAreFastSlownessMeansNothing() {
        var detector = OutlierDetector(configuration { $0.latencyFactor = 3 }, backends: 2)
        expectNobody(look(&detector, [sample(40, latency: 200_000), sample(40, latency: 3_000_000)], at: 0))
    }

    @Test func whatWasBeforeTheEjectionDoesNotCountAfterIt() {
        var detector = OutlierDetector(
            configuration {
                $0.failurePercent = 50
                $0.ejectFor = .seconds(1)
            },
            backends: 2
        )
        let found = detector.evaluate([sample(40, failures: 40), sample(40)], at: 0) { _, _ in true }
        #expect(found.count == 1)
        #expect(detector.returning(at: Self.second) == [0])
        expectNobody(look(&detector, [sample(5), sample(40)], at: 2 * Self.second))
    }
}

@Suite struct LatencyBucketsTests {
    @Test(arguments: [70_000, 1_000_000, 15_000_000, 800_000_000, 3_000_000_000] as [UInt64])
    func medianIsRightWithinATenth(latency: UInt64) {
        var buckets = LatencyBuckets()
        for _ in 0..<5 { buckets.add(bucket: LatencyBuckets.bucket(of: latency)) }
        let error = Double(buckets.median) / Double(latency) - 1
        #expect(abs(error) < 0.13)
    }

    @Test func whatIsOutsideCountsAtTheEdge() {
        #expect(LatencyBuckets.bucket(of: 0) == 0)
        #expect(LatencyBuckets.bucket(of: 65_535) == 0)
        #expect(LatencyBuckets.bucket(of: 65_536) == 0)
        #expect(LatencyBuckets.bucket(of: .max) == LatencyBuckets.count - 1)
        #expect(LatencyBuckets().median == 0)
    }

    @Test func bucketsFollowEachOther() {
        var last = 0
        for latency in stride(from: 60_000 as UInt64, to: 5_000_000_000, by: 7_777_777) {
            let bucket = LatencyBuckets.bucket(of: latency)
            #expect(bucket >= last && bucket < LatencyBuckets.count)
            last = bucket
        }
    }
}
