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

    @Test(arguments: [
        ("seat=1", true), ("seat=1; Path=/", true), (" seat = 1", true), ("seat=", true), ("seats=1", false),
        ("sea=1", false),
        ("Seat=1", false), ("other=1; seat=2", false), ("seat", false), ("seat; a=b", false), ("", false),
        ("=seat", false),
    ])
    func aBackendSetsACookieByItsName(value: String, sets: Bool) {
        let response = ParsedResponse.fields("Set-Cookie: a=1\r\nset-cookie: \(value)\r\nX-Set-Cookie: seat=1\r\n")
        #expect(response.head.sets(Array("seat".utf8)) == sets)
        #expect(response.head.sets(Array("a".utf8)))
    }
}
