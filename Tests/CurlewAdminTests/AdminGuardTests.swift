// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewAdmin

@Suite struct AdminGuardTests {
    private let open = AdminGuard(AdminConfiguration(listen: ListenAddress(host: "127.0.0.1", port: 3900)))
    private let closed = AdminGuard(
        AdminConfiguration(listen: ListenAddress(host: "0.0.0.0", port: 3900), token: "s3cret-token")
    )

    @Test(arguments: [
        "localhost", "localhost:3900", "LOCALHOST", "127.0.0.1:3900", "127.9.9.9", "[::1]:3900", "[::1]", "a.localhost",
    ])
    func withoutATokenThisMachinesNamesAreGood(host: String) {
        #expect(open.objection(to: .init(host: host)) == nil)
    }

    @Test(arguments: [
        "evil.example", "evil.example:3900", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example", "",
        "[::2]",
        "0.0.0.0", "localhost@evil.example",
    ])
    func aForeignNameIsRefusedWhateverItResolvesTo(host: String) {
        #expect(open.objection(to: .init(host: host))?.status == 403)
    }

    @Test func noHostIsRefused() {
        #expect(open.objection(to: .init())?.status == 403)
    }

    @Test(arguments: ["Bearer s3cret-token", "bearer s3cret-token"])
    func theTokenOpensForAnyName(authorization: String) {
        #expect(closed.objection(to: .init(host: "gateway.example", authorization: authorization)) == nil)
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer s3cret-tokem", "Bearer s3cret-token ", "Bearer s3cret-toke",
        "Bearer s3cret-tokens3cret-token", "Basic s3cret-token", "s3cret-token", "Bearer  s3cret-token",
    ])
    func anythingElseIsRefusedWithAChallenge(authorization: String?) {
        let problem = closed.objection(to: .init(host: "localhost", authorization: authorization))
        #expect(problem?.status == 401)
        #expect(problem?.fields.contains { "\($0.name)" == "WWW-Authenticate" } == true)
        #expect(closed.objection(to: .init(authorization: authorization), isOpen: true) == nil)
    }

    @Test func comparingTakesEveryByte() {
        let token = Array("s3cret-token".utf8)
        #expect(AdminGuard.isEqual(token, token))
        for place in token.indices {
            var guess = token
            guess[place] ^= 1
            #expect(!AdminGuard.isEqual(guess, token), "byte \(place)")
        }
        for count in 0..<token.count { #expect(!AdminGuard.isEqual(Array(token.prefix(count)), token)) }
        for count in 2...5 { #expect(!AdminGuard.isEqual(Array(repeatElement(token, count: count).joined()), token)) }
        #expect(!AdminGuard.isEqual([], []))
    }

    private func writing(_ change: (inout AdminGuard.Request) -> Void) -> Int? {
        var request = AdminGuard.Request(isWriting: true, host: "localhost:3900", contentType: "application/json")
        change(&request)
        return open.objection(to: request)?.status
    }

    @Test func whatChangesSomethingMustBeAskedForAsNoPageCan() {
        #expect(writing { _ in } == nil)
        #expect(writing { $0.contentType = "Application/JSON ; charset=utf-8" } == nil)
        #expect(writing { $0.origin = "http://localhost:3900" } == nil)
        #expect(writing { $0.fetchSite = "same-origin" } == nil)
        for type in [
            nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp",
        ] {
            #expect(writing { $0.contentType = type } == 415)
        }
        for origin in ["http://evil.example", "null", "https://localhost:3900", "http://localhost:3901", ""] {
            #expect(writing { $0.origin = origin } == 403)
        }
        #expect(writing { $0.fetchSite = "cross-site" } == 403)
        #expect(writing { $0.fetchSite = "same-site" } == 403)
    }

    @Test func whatStandsBeforeAListenerWithATokenMaySpeakTLS() {
        var request = AdminGuard.Request(isWriting: true, host: "admin.example", authorization: "Bearer s3cret-token")
        request.contentType = "application/json"
        request.origin = "https://admin.example"
        #expect(closed.objection(to: request) == nil)
        request.origin = "https://evil.example"
        #expect(closed.objection(to: request)?.status == 403)
    }
}
