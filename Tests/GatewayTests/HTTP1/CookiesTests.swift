// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

struct CookiesTests {
    private func pairs(_ text: String) -> [String] {
        let bytes = Array("x" + text + "x").map { $0.utf8.first ?? 0 }
        var rest = 1..<(bytes.count - 1)
        var found: [String] = []
        while let pair = RequestHead.nextPair(of: &rest, in: bytes.span) {
            found.append(String(decoding: bytes[pair], as: UTF8.self))
        }
        return found
    }

    @Test(arguments: [
        ("a=1", ["a=1"]), ("a=1; b=2", ["a=1", "b=2"]), ("a=1;b=2 ;\tc", ["a=1", "b=2", "c"]), ("a=1;", ["a=1"]),
        (";a", ["", "a"]), ("a; ;b", ["a", "", "b"]), ("", []), (" ", [""]),
    ])
    func aFieldIsTakenApart(text: String, expected: [String]) {
        #expect(pairs(text) == expected)
    }
}
