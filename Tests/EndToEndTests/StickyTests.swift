// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Clients that stay with a backend by a cookie. The secret is fixed, so that cookies can be handed from gateway to gateway.
@Suite(.threads(.few)) struct StickyTests {
    private static let secret = "secret: 0123456789abcdef0123456789abcdef"

    private func sticky(_ members: String = "cookie: seat") -> (inout GatewaySettings) -> Void {
        { $0.poolMembers = ["sticky: { \(members), \(StickyTests.secret) }"] }
    }

    private func setCookies(_ response: ReceivedResponse) -> [String] {
        response.headText.split(separator: "\r\n").filter { $0.hasPrefix("Set-Cookie: ") }
            .map { String($0.dropFirst("Set-Cookie: ".count)) }
    }

    /// `name=value` of the one cookie that the answer sets.
    private func cookie(of response: ReceivedResponse) throws -> String {
        let all = setCookies(response)
        guard all.count == 1, let pair = all[0].split(separator: ";").first else {
            throw KitError.malformed("not one cookie: \(all)")
        }
        return String(pair)
    }

    private func get(_ gateway: GatewayProcess, _ cookies: String...) throws -> ReceivedResponse {
        try gateway.connect().exchange(request(fields: cookies.map { "Cookie: " + $0 }))
    }

    // MARK: The cookie

    @Test(arguments: [
        ("cookie: seat", "; Path=/; HttpOnly; SameSite=Lax"),
        (
            "cookie: s, ttl: 1h, path: /app, same_site: strict, secure: always",
            "; Path=/app; Max-Age=3600; HttpOnly; SameSite=Strict; Secure"
        ),
        ("cookie: s, same_site: none, secure: always", "; Path=/; HttpOnly; SameSite=None; Secure"),
        ("cookie: __Host-s", "; Path=/; HttpOnly; SameSite=Lax; Secure"),
    ])
    func aNewClientGetsACookieWithTheseAttributes(members: String, attributes: String) throws {
        let origin = try FakeOrigin("a")
        try withGateway([origin], sticky(members)) { gateway in
            let all = setCookies(try get(gateway))
            let text = try #require(all.first)
            #expect(all.count == 1)
            let end = try #require(text.firstIndex(of: ";"))
            #expect(text[end...] == attributes)
            let parts = text[..<end].split(separator: "=")[1].split(separator: ".")
            #expect(parts.map(\.count).first == 16 && parts.map(\.count).last == 64)
            #expect(!text.contains("127.0.0.1"))
        }
    }

    @Test(arguments: [("https", true), ("HTTPS, http", true), ("http", false), (nil, false)])
    func aTrustedProxySaysWhetherTheClientCameOverTLS(scheme: String?, isSecure: Bool) throws {
        let origin = try FakeOrigin("a")
        let fields = scheme.map { ["X-Forwarded-Proto: \($0)"] } ?? []
        for isTrusted in [true, false] {
            let settings: (inout GatewaySettings) -> Void = {
                sticky()(&$0)
                if isTrusted { $0.trustedProxies = ["127.0.0.1"] }
            }
            try withGateway([origin], settings) { gateway in
                let response = try gateway.connect().exchange(request(fields: fields))
                #expect(setCookies(response)[0].hasSuffix("; Secure") == (isSecure && isTrusted))
            }
            try origin.start()
        }
    }

    @Test func aPoolThatIsNotStickySetsNoCookieAndHandsOnAll() throws {
        let origin = try FakeOrigin("a")
        try withGateway([origin]) { gateway in
            let response = try get(gateway, "curlew=x; a=1")
            #expect(setCookies(response).isEmpty)
            let seen = try origin.waitForRequest()
            #expect(seen.fields["Cookie"] == "curlew=x; a=1")
        }
    }

    @Test func theBackendSeesTheOtherCookiesAlone() throws {
        let origin = try FakeOrigin("a")
        try withGateway([origin], sticky()) { gateway in
            let own = try cookie(of: try get(gateway))
            for sent in ["a=1; \(own);b=2", own, "seat=forged; a=1", "Seat=other; seats=2"] {
                _ = try get(gateway, sent)
            }
            _ = try get(gateway, own, "a=1")
            try origin.waitForRequest(6)
            let seen = origin.requests.map { $0.fields["Cookie"] }
            #expect(seen == [nil, "a=1; b=2", nil, "a=1", "Seat=other; seats=2", "a=1"])
        }
    }

    @Test func ownSetCookieFieldsOfTheBackendPass() throws {
        let origin = try FakeOrigin { _ in .text("a", fields: [("Set-Cookie", "session=1")]) }
        try withGateway([origin], sticky()) { gateway in
            let all = setCookies(try get(gateway))
            #expect(all.count == 2)
            #expect(all.first == "session=1")
            #expect(all.last?.hasPrefix("seat=") == true)
        }
    }

    /// What the backend sets of that name never comes back to it, and the client would lose its seat by it.
    @Test func aCookieOfTheSameNameThatABackendSetsIsLeftOutAndLogged() throws {
        let fields = [("Set-Cookie", "seat=theirs; Path=/"), ("Set-Cookie", "a=1"), ("set-cookie", " seat =x")]
        let origin = try FakeOrigin { _ in .text("a", fields: fields) }
        try withGateway([origin], sticky()) { gateway in
            let all = setCookies(try get(gateway))
            #expect(all.count == 2)
            #expect(all.first == "a=1")
            #expect(all.last?.hasPrefix("seat=") == true && all.last?.contains("theirs") == false)
            let own = try #require(all.last?.split(separator: ";").first)
            #expect(setCookies(try get(gateway, String(own))) == ["a=1"])
            _ = try gateway.log.wait(for: "the warning") {
                $0.hasPrefix("ERROR: http://") && $0.contains("sets a cookie seat") && $0.contains("sticky.cookie")
            }
        }
    }

    // MARK: Staying

    /// A browser has several of one name when they were set for different paths, or by somebody else.
    @Test func ofSeveralCookiesTheFirstThatIsValidCounts() throws {
        try withGateway(try namedOrigins("a", "b", "c"), sticky()) { gateway in
            let first = try get(gateway)
            let own = try cookie(of: first)
            let other = "seat=" + String(repeating: "0", count: 16) + ".0." + String(repeating: "0", count: 64)
            for sent in ["seat=bad; \(own)", "\(own); seat=bad", "\(other); \(other); a=1; \(own)", "seat=; \(own)"] {
                for _ in 0..<3 {
                    let next = try get(gateway, sent)
                    #expect(next.text == first.text)
                    #expect(setCookies(next).isEmpty)
                }
            }
            for _ in 0..<3 { #expect(try get(gateway, "seat=bad", own).text == first.text) }
            // The work for one request is bounded.
            let many = Array(repeating: other, count: 8).joined(separator: "; ")
            #expect(setCookies(try get(gateway, "\(many); \(own)")).count == 1)
        }
    }

    @Test func clientsStayWhereTheyWereServedFirst() throws {
        try withGateway(try namedOrigins("a", "b", "c"), sticky()) { gateway in
            for _ in 0..<3 {
                let first = try get(gateway)
                let own = try cookie(of: first)
                for _ in 0..<4 {
                    let next = try get(gateway, own)
                    #expect(next.text == first.text)
                    #expect(setCookies(next).isEmpty)
                }
            }
        }
    }

    /// The session is where the seat is, and that backend is only slow.
    @Test func aHedgeThatWinsLeavesTheClientItsSeat() throws {
        let gate = Gate()
        let isSlow = Monitor(false)
        let slow = try FakeOrigin { _ in isSlow.read { $0 } ? .text("a", gate: gate) : .text("a") }
        let settings: (inout GatewaySettings) -> Void = {
            sticky()(&$0)
            $0.retry = ["hedge_after: 1s"]
        }
        try withGateway([slow, try FakeOrigin("b")], settings) { gateway in
            let first = try get(gateway)
            #expect(first.text == "a")
            let own = try cookie(of: first)
            isSlow.change { $0 = true }
            let hedged = try get(gateway, own)
            #expect(hedged.text == "b")
            #expect(setCookies(hedged).isEmpty)
            gate.open()
            isSlow.change { $0 = false }
            #expect(try get(gateway, own).text == "a")
            // But one that has no seat yet gets that of whoever serves it.
            #expect(setCookies(try get(gateway)).count == 1)
        }
    }

    @Test func workersAndRestartsAgree() throws {
        let origins = try namedOrigins("a", "b")
        var own = ""
        var name = ""
        let settings: (inout GatewaySettings) -> Void = {
            sticky()(&$0)
            $0.workers = 2
        }
        try withGateway(origins, settings) { gateway in
            let first = try get(gateway)
            own = try cookie(of: first)
            name = first.text
            for _ in 0..<20 { #expect(try get(gateway, own).text == name) }
        }
        for origin in origins { try origin.start() }
        try withGateway(origins.reversed(), settings) { gateway in
            for _ in 0..<4 {
                let response = try get(gateway, own)
                #expect(response.text == name)
            }
        }
    }

    @Test func withoutASecretTheWorkersShareTheOneThatIsMade() throws {
        let settings: (inout GatewaySettings) -> Void = {
            $0.poolMembers = ["sticky: { cookie: seat }"]
            $0.workers = 2
        }
        try withGateway(try namedOrigins("a", "b"), settings) { gateway in
            let first = try get(gateway)
            let own = try cookie(of: first)
            for _ in 0..<20 {
                let next = try get(gateway, own)
                #expect(next.text == first.text)
                #expect(setCookies(next).isEmpty)
            }
        }
    }

    @Test func forgedAndForeignCookiesAreReplaced() throws {
        var foreign = ""
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, sticky("cookie: other")) { gateway in
            foreign = try cookie(of: try get(gateway)).replacing("other=", with: "seat=")
        }
        for origin in origins { try origin.start() }
        try withGateway(origins, sticky()) { gateway in
            let own = try cookie(of: try get(gateway))
            let changed = own.dropLast() + (own.hasSuffix("0") ? "1" : "0")
            for bad in [foreign, String(changed), "seat=", "seat=\(String(repeating: "0", count: 83))"] {
                #expect(try cookie(of: get(gateway, bad)).hasPrefix("seat="), "\(bad)")
            }
        }
    }

    @Test func aCookieThatIsOverIsReplaced() throws {
        let origin = try FakeOrigin("a")
        try withGateway([origin], sticky("cookie: seat, ttl: 1s")) { gateway in
            let own = try cookie(of: try get(gateway))
            #expect(own.split(separator: ".")[1] != "0")
            let deadline = Deadline.usual
            var isReplaced = false
            while !isReplaced, !deadline.hasPassed {
                isReplaced = try !setCookies(get(gateway, own)).isEmpty
            }
            #expect(isReplaced)
        }
    }

    // MARK: Moving

    @Test func aClientWhoseBackendIsDownMovesOnceAndStaysThere() throws {
        let origins = try namedOrigins("a", "b")
        let settings: (inout GatewaySettings) -> Void = {
            sticky()(&$0)
            $0.healthInterval = "100ms"
        }
        try withGateway(origins, settings) { gateway in
            let first = try get(gateway)
            let own = try cookie(of: first)
            let home = try #require(origins.first { $0.requests.count == 1 })
            home.stop()
            let moved = try get(gateway, own)
            #expect(moved.text != first.text)
            let next = try cookie(of: moved)
            try home.start()
            try gateway.log.wait(for: "the backend to be back", count: 2) {
                $0.hasPrefix("HEALTH: HEALTHY \(home.url) ")
            }
            for _ in 0..<4 {
                let response = try get(gateway, next)
                #expect(response.text == moved.text)
                #expect(setCookies(response).isEmpty)
            }
        }
    }

    @Test func aRequestThatIsTriedAgainTellsWhereItEnded() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        try withGateway(origins, sticky()) { gateway in
            let own = try cookie(of: get(gateway))
            let next = try get(gateway, own)
            #expect(next.text == "b")
            #expect(setCookies(next).isEmpty)
        }
    }
}
