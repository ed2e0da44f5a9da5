// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct PingScheduleTests {
    private static let second: UInt64 = 1_000_000_000

    private func check(jitter: Int = 0, down: Duration? = nil) -> HealthCheckConfiguration {
        var check = HealthCheckConfiguration(interval: .seconds(10))
        check.jitterPercent = jitter
        check.downInterval = down
        return check
    }

    @Test func theFirstPingIsDueAtOnce() {
        #expect(PingSchedule(check(), startingAt: 7).due(isDown: false) == 7)
    }

    @Test func intervalsDoNotDrift() {
        var random = PseudoRandom(seed: 1)
        var schedule = PingSchedule(check(), startingAt: 0)
        for round in 0..<5 as Range<UInt64> {
            #expect(schedule.due(isDown: false) == 10 * round * Self.second)
            // Each a little late.
            schedule.pinged(at: 10 * round * Self.second + 5_000_000, isDown: false, using: &random)
        }
    }

    @Test func afterALongStopNothingIsMadeUpFor() {
        var random = PseudoRandom(seed: 1)
        var schedule = PingSchedule(check(), startingAt: 0)
        schedule.pinged(at: 95 * Self.second, isDown: false, using: &random)
        #expect(schedule.due(isDown: false) == 105 * Self.second)
    }

    @Test func jitterIsWithinItsShareAndNotAlwaysTheSame() {
        var random = PseudoRandom(seed: 1)
        var schedule = PingSchedule(check(jitter: 10), startingAt: 0)
        var lengths: Set<UInt64> = []
        for _ in 0..<100 {
            let before = schedule.due(isDown: false)
            schedule.pinged(at: before, isDown: false, using: &random)
            lengths.insert(schedule.due(isDown: false) - before)
        }
        #expect(lengths.min()! >= 9 * Self.second && lengths.max()! <= 11 * Self.second)
        #expect(lengths.min()! < 92 * Self.second / 10 && lengths.max()! > 108 * Self.second / 10)
    }

    @Test func whileABackendIsDownAnotherIntervalHolds() {
        var random = PseudoRandom(seed: 1)
        var schedule = PingSchedule(check(down: .seconds(1)), startingAt: 0)
        schedule.pinged(at: 0, isDown: false, using: &random)
        #expect(schedule.due(isDown: false) == 10 * Self.second)
        #expect(schedule.due(isDown: true) == Self.second)
        let slower = PingSchedule(check(down: .seconds(60)), startingAt: 0)
        #expect(slower.due(isDown: true) == 0)
    }
}

@Suite struct ByteSearchTests {
    /// Whatever the pieces, it is found, and nothing else is.
    @Test(arguments: [
        ("ok", "status: ok", true), ("aab", "aaaab", true), ("abab", "abacabab", true), ("ok", "o k", false),
    ])
    func findsAcrossPieces(wanted: String, text: String, isThere: Bool) {
        let bytes = Array(text.utf8)
        for length in 1...bytes.count {
            var search = ByteSearch(for: Array(wanted.utf8))
            for start in stride(from: 0, to: bytes.count, by: length) {
                search.receive(Array(bytes[start..<min(start + length, bytes.count)]).span, limit: .max)
            }
            #expect(search.isFound == isThere)
        }
    }

    @Test func looksNoFurtherThanTheLimit() {
        var answer = PingAnswer(expectBody: Array("needle".utf8))
        answer.receive(body: [UInt8](repeating: 0x61, count: PingAnswer.bodyLimit - 3).span)
        answer.receive(body: Array("needle".utf8).span)
        #expect(!answer.isBodyGood)
        answer.reset()
        answer.receive(body: [UInt8](repeating: 0x61, count: PingAnswer.bodyLimit - 6).span)
        answer.receive(body: Array("needle".utf8).span)
        #expect(answer.isBodyGood)
    }
}
