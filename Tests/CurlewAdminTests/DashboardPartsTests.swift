// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewAdmin

@Suite struct DashboardPartsTests {
    /// RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64IsAsTheStandardHasIt(text: String, expected: String) {
        #expect(DashboardPage.base64(Array(text.utf8)) == expected)
    }

    @Test func partsComeInThePlaceOfTheirNames() {
        let page = DashboardPage.fill(
            Array("<style><!--style--></style><!--none-->x<!--style-->".utf8),
            with: ["style": Array("a{}".utf8)]
        )
        #expect(String(decoding: page, as: UTF8.self) == "<style>a{}</style>xa{}")
    }

    @Test func everyPartIsThere() throws {
        let response = try #require(DashboardPage.open.response(encoding: nil))
        #expect(response.contentType.description == "text/html; charset=utf-8")
        let guarded = try #require(DashboardPage.guarded.response(encoding: nil))
        // `none` and `wanted`.
        #expect(guarded.body.count == response.body.count + 2)
    }
}
