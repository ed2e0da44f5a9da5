// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct BasicCredentialsTests {
    private func credentials(_ value: String) -> BasicCredentials? {
        BasicCredentials(Array(value.utf8).span)
    }

    /// The examples of RFC 7617, sections 2 and 2.1, and what else is allowed.
    @Test(arguments: [
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"),
        ("Basic dGVzdDoxMjPCow==", "test", "123\u{A3}"),
        ("basic dGVzdDoxMjPCow", "test", "123\u{A3}"),
        ("BASIC   YTo=", "a", ""),
        ("Basic Og==", "", ""),
        ("Basic YTpiOmM=", "a", "b:c"),
    ]) func areReadAsTheyAreWritten(value: String, user: String, password: String) {
        let credentials = credentials(value)
        #expect(credentials?.user == user)
        #expect(credentials?.password == Array(password.utf8))
    }

    @Test(arguments: [
        "", "Basic", "Basic ", "Basic =", "Basic ====", "BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Bearer QWxhZGRpbjpv",
        "Basic QWxhZGRpbg==", "Basic YTpi YTpi", "Basic Y:pi", "Basic YTpiO", "Basic YTo==", "Basic YQ=",
        "Basic YTo===",
        // A NUL and other controls, where a hash would end at the first: `a:b\0c`, `a\n:b`, `a:\u{7F}`.
        "Basic YTpiAGM=", "Basic YQo6Yg==", "Basic YTp/",
        // A user that is not UTF-8.
        "Basic /zpi",
    ]) func whatIsNotThemIsRefused(value: String) {
        #expect(credentials(value) == nil)
    }

    @Test func noPasswordIsLongerThanAHashTakes() {
        // `a:` and so many zero bits make `a:` and A's of base64.
        func field(_ count: Int) -> String { "Basic YTph" + String(repeating: "YWFh", count: count) }
        #expect(credentials(field(170))?.password.count == 511)
        #expect(credentials(field(171)) == nil)
        #expect(credentials(field(100_000)) == nil)
    }

    @Test func nothingIsLeftOfAForgottenPassword() {
        var credentials = credentials("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        credentials?.forget()
        #expect(credentials?.password == [UInt8](repeating: 0, count: 11))
    }
}
