// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Reactor

@Suite struct BacklogTests {
    @Test func whoCameFirstGoesFirstHoweverManyHaveGone() {
        var backlog = Backlog()
        #expect(backlog.isEmpty && backlog.popFirst() == nil)
        var next: UInt64 = 0
        var expected: UInt64 = 0
        // Somebody always waits, and more have gone than ever wait at once.
        for round in 0..<5_000 {
            for _ in 0..<(round % 7) {
                backlog.append(next)
                next += 1
            }
            for _ in 0..<min(3, next - expected) {
                #expect(backlog.popFirst() == expected)
                expected += 1
            }
            #expect(backlog.isEmpty == (next == expected))
        }
        while let data = backlog.popFirst() {
            #expect(data == expected)
            expected += 1
        }
        #expect(expected == next)
    }
}
