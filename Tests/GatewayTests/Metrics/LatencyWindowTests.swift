// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct LatencyWindowTests {
    private let second: UInt64 = 1_000_000_000

    /// A backend's sums after so many answers of one millisecond each, some of them bad.
    private func sums(_ attempts: Int, failures: Int = 0, microseconds: UInt64 = 1000) -> [UInt64] {
        let counters = Counters(count: BackendLayout.words)
        for number in 0..<attempts {
            counters.count(AttemptOutcome(status: number < failures ? 500 : 200, firstByte: microseconds))
        }
        var sums = [UInt64](repeating: 0, count: BackendLayout.words)
        counters.add(to: &sums)
        return sums
    }

    @Test func ratesAreThoseOfTheTimeThatHasPassed() throws {
        var window = LatencyWindow()
        window.take(sums(0), after: 0)
        window.take(sums(100, failures: 10), after: 5 * second)
        let summary = window.summary(sums(200, failures: 40), after: 5 * second)
        #expect(summary.requestsPerSecond == 20)
        #expect(summary.errorShare == 0.2)
        let p50 = try #require(summary.p50)
        #expect(p50 > 0.0008 && p50 < 0.0012)
    }

    @Test func whatIsOlderThanAMinuteIsForgotten() {
        var window = LatencyWindow()
        window.take(sums(0), after: 0)
        window.take(sums(500, microseconds: 900_000), after: 5 * second)
        for _ in 0..<LatencyWindow.slots { window.take(sums(500, microseconds: 900_000), after: 5 * second) }
        #expect(window.summary(sums(500, microseconds: 900_000), after: 0) == LatencyWindow.Summary())
    }

    @Test func severalBackendsAreOnePool() {
        var (first, second) = (LatencyWindow(), LatencyWindow())
        first.take(sums(0), after: 0)
        second.take(sums(0), after: 0)
        let parts = [(window: first, sums: sums(30)), (window: second, sums: sums(10, failures: 10))]
        let summary = LatencyWindow.summary(parts, after: 10 * self.second)
        #expect(summary.requestsPerSecond == 4)
        #expect(summary.errorShare == 0.25)
    }
}
