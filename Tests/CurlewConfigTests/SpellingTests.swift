// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

@Suite struct SpellingTests {
    @Test(arguments: [
        ("listen", "listen", 0), ("lisetn", "listen", 1), ("listn", "listen", 1), ("listten", "listen", 1),
        ("drain-timeout", "drain_timeout", 0), ("Listen", "listen", 0), ("", "log", 3), ("kitten", "sitting", 3),
    ])
    func countsTheLettersToChange(first: String, second: String, distance: Int) {
        #expect(Spelling.distance(first, second) == distance)
        #expect(Spelling.distance(second, first) == distance)
    }

    @Test func doesNotTakeEveryShortWordForAnother() {
        #expect(Spelling.isLikely("listen", for: "lisetn"))
        #expect(!Spelling.isLikely("log", for: "xyz"))
        #expect(!Spelling.isLikely("on", for: "up"))
    }
}

@Suite struct QuotingTests {
    @Test func keepsAMessageOnOneLine() {
        #expect("a\nb\u{1B}[31m\u{2028}\u{202E}".quoted == #""a\nb\u{1B}[31m\u{2028}\u{202E}""#)
    }

    @Test func cutsALongValue() {
        #expect(String(repeating: "a", count: 81).quoted.count == 83)
        #expect(String(repeating: "a", count: 80).quoted.count == 82)
    }

    @Test func leavesOtherScriptsReadable() {
        #expect("bücher 日本".quoted == "\"bücher 日本\"")
    }
}
