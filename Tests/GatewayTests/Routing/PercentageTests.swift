// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct PercentageTests {
    @Test(arguments: [
        (0, "0"), (1, "0.01"), (10, "0.1"), (12, "0.12"), (100, "1"), (9990, "99.9"), (9999, "99.99"), (10_000, "100"),
    ])
    func isWrittenAsShortAsItCanBe(hundredths: Int, text: String) {
        #expect(Percentage(hundredths: hundredths).text == text)
    }

    /// A tenth of a per cent of the requests goes to the canary.
    @Test func shareOfLessThanOnePercentIsKept() throws {
        let targets = [
            SplitTarget(pool: "canary", percent: Percentage(hundredths: 10)),
            SplitTarget(pool: "web", percent: Percentage(hundredths: 9990)),
        ]
        let route = try Route(RouteConfiguration(.split(targets)), pools: ["canary": 0, "web": 1])
        #expect(route.shares.map(\.upTo) == [10, 10_000])
        var random = SplitMix(1)
        let count = (0..<200_000).count { _ in Percentage.place(of: random.next()) < route.shares[0].upTo }
        #expect((140...260).contains(count), "\(count) of 200,000")
    }

    @Test func sharesThatDoNotMakeTheWholeAreRefused() {
        let targets = [SplitTarget(pool: "a", percent: Percentage(hundredths: 9999))]
        #expect(throws: StartError.self) { try Route(RouteConfiguration(.split(targets)), pools: ["a": 0]) }
    }
}
