// SPDX-License-Identifier: Apache-2.0

import Reactor
import Testing

@testable import Gateway

@Suite struct StopRequestsTests {
    private func answers(_ milliseconds: [UInt64]) -> [StopRequests.Answer] {
        var requests = StopRequests()
        return milliseconds.map { requests.asked(at: MonotonicTime(nanoseconds: 5_000_000_000 + $0 * 1_000_000)) }
    }

    @Test func theFirstStops() {
        #expect(answers([0]) == [.stop])
    }

    @Test func whatComesWithinASecondOfTheFirstIsTheSame() {
        #expect(answers([0, 0, 1, 999]) == [.stop, .same, .same, .same])
    }

    @Test func whatComesLaterEndsItAtOnce() {
        #expect(answers([0, 1000]) == [.stop, .endAtOnce])
        // Counted from the first: who keeps asking is heard.
        #expect(answers([0, 600, 1200]) == [.stop, .same, .endAtOnce])
    }
}
