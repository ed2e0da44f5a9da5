// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

@Suite struct SyntaxErrorTests {
    @Test(arguments: [
        ("backends:\n\t- x\n", "2:1:", "use spaces"),
        ("backends: [a\n", "2:1:", "bracket"),
        ("listen: 1\nbackends: \"a\n", "3:1:", "close the quote"),
        ("a: b: c\n", "1:5:", "indentation"),
        ("a:\n  - x\n - y\n", "3:2:", "indentation"),
        ("a: @x\n", "1:4:", "quotes"),
        ("a: *x\n", "1:4:", "&name"),
        ("a: &x [*x]\n", "1:8:", "&name"),
        ("a: &x { <<: *x }\n", "1:13:", "&name"),
        ("a: 1\n---\nb: 2\n", "2:1:", "remove this ---"),
        ("a: \"\\q\"\n", "1:5:", "backslash"),
        ("a: 1\nbc: \u{1}\n", "2:5:", "U+1"),
        (String(repeating: "[", count: 100_000), "1:1:", "nested"),
        (String(repeating: "- ", count: 100_000), "1:1999:", "nested"),
    ])
    func theirPlaceAndARemedyAreTold(text: String, place: String, remedy: String) throws {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("test.yaml:\(place) "))
        #expect(found[0].holds("(hint: ", remedy))
    }

    @Test(arguments: ["", "\n", "# only a comment\n", "---\n", "~", "null"])
    func aFileWithoutSettingsIsRefused(text: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.holds("test.yaml:1:", "no settings", Section.top.example) })
    }

    @Test func mergesThatDoubleAtEveryLevelEnd() {
        var text = "m0: &m0 { x: 1 }\n"
        for level in 1..<50 { text += "m\(level): &m\(level) { <<: [*m\(level - 1), *m\(level - 1)] }\n" }
        #expect(problems(text + "<<: *m49").contains { $0.contains("too many merges") })
    }

    @Test func aMessageStaysOnOneLine() {
        let found = problems("\"a\\nb\\e[31m\": 1\nbackends: [\"http://h\\n\"]")
        #expect(found.count == 2)
        #expect(found.allSatisfy { line in line.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    }
}
