// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct BackendHistoryTests {
    @Test func onlyTheLastPointsAreRememberedInTheirOrder() {
        var history = BackendHistory()
        #expect(history.points.isEmpty)
        for number in 0..<BackendHistory.limit + 5 { history.add(.init(requests: UInt32(number))) }
        #expect(history.points.map(\.requests) == (5..<UInt32(BackendHistory.limit) + 5).map { $0 })
    }

    @Test func aPointTellsWhatHappenedSinceTheLastLook() throws {
        let metrics = BackendMetrics(label: "http://a")
        let counters = metrics.counters.part(ofWorker: 0)
        let second: UInt64 = 1_000_000_000
        counters.count(AttemptOutcome(status: 200, firstByte: 1000))
        // What came ahead of the first look came in nobody knows how much time.
        metrics.sample(at: 1 * second)
        #expect(metrics.history.points.isEmpty)
        for number in 0..<100 {
            counters.count(AttemptOutcome(status: number < 10 ? 503 : 200, firstByte: number == 99 ? 90_000 : 2000))
        }
        metrics.sample(at: 6 * second)
        metrics.sample(at: 11 * second)
        let (points, until) = metrics.history
        #expect(until == 11 * second)
        #expect(points.map(\.requests) == [100, 0])
        #expect(points.map(\.failures) == [10, 0])
        #expect(points[0].p50 > 0.0015 && points[0].p50 < 0.0025)
        #expect(points[0].p99 < 0.09 && points[1].p50.isNaN && points[1].p99.isNaN)
    }
}
