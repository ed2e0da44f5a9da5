// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway
@testable import Reactor

@Suite struct LingeringCloseTests {
    private func at(_ milliseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test func aSilentClientHasTwoSeconds() {
        let close = LingeringClose(startedAt: at(1000), total: 30_000_000_000)
        #expect(close.deadline(at: at(1000)) == at(3000))
    }

    @Test func oneThatGoesOnSendingHasMoreButNotForEver() {
        let close = LingeringClose(startedAt: at(1000), total: 30_000_000_000)
        #expect(close.deadline(at: at(10_000)) == at(12_000))
        #expect(close.deadline(at: at(30_000)) == at(31_000))
        #expect(close.deadline(at: at(40_000)) == at(31_000))
    }
}
