// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewAdmin

@Suite struct TokenGuessesTests {
    @Test func theFirstIsToldAtOnceAndTheOthersOnceAMinute() {
        var guesses = TokenGuesses()
        let start = ContinuousClock.now
        #expect(guesses.add(at: start) == 1)
        for second in 1..<60 { #expect(guesses.add(at: start.advanced(by: .seconds(second))) == nil) }
        #expect(guesses.add(at: start.advanced(by: .seconds(60))) == 60)
        #expect(guesses.add(at: start.advanced(by: .seconds(119))) == nil)
        #expect(guesses.add(at: start.advanced(by: .seconds(600))) == 2)
    }
}
