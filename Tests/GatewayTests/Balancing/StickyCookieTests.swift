// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct StickyCookieTests {
    private static let now: UInt64 = 1_700_000_000
    private static let identity: UInt64 = 0x0123_4567_89AB_CDEF

    private func make(
        pool: String = "web",
        _ change: (inout StickyConfiguration) -> Void = { _ in }
    ) -> StickyCookie {
        var configuration = StickyConfiguration()
        configuration.secret = Array("a secret of thirty-two bytes or so".utf8)
        change(&configuration)
        return StickyCookie(configuration, pool: pool)
    }

    private func backend(_ cookie: StickyCookie, _ value: [UInt8], at time: UInt64 = now) -> UInt64? {
        cookie.backend(in: value.span, at: time)
    }

    @Test(arguments: [0, 1, identity, .max])
    func knowsItsOwnValueAgain(identity: UInt64) throws {
        let cookie = make()
        let value = try #require(cookie.value(for: identity, at: Self.now))
        #expect(backend(cookie, value) == identity)
        #expect(backend(make(), value) == identity, "after a restart with the same secret too")
        #expect(value.allSatisfy { $0 > 0x20 && $0 < 0x7F && !Array("\",;\\".utf8).contains($0) })
    }

    @Test func isSignedAsItAlwaysWas() throws {
        let value = try #require(make().value(for: Self.identity, at: Self.now))
        #expect(
            String(decoding: value, as: UTF8.self) == "0123456789abcdef.0."
                + "85eb5a7579518e207e791cccfc40dacae757d1d239d30cb963fda610d63246e1"
        )
    }

    @Test func noValueWithAnyByteChangedIsTaken() throws {
        let cookie = make { $0.timeToLive = .seconds(3600) }
        let value = try #require(cookie.value(for: Self.identity, at: Self.now))
        for place in value.indices {
            for byte in [UInt8(ascii: "0"), UInt8(ascii: "A"), UInt8(ascii: "a"), UInt8(ascii: "."), 0, 0xFF]
            where byte != value[place] {
                var forged = value
                forged[place] = byte
                #expect(backend(cookie, forged) == nil, "byte \(place) as \(byte)")
            }
        }
    }

    @Test func noOtherTextIsTaken() throws {
        let cookie = make()
        let value = try #require(cookie.value(for: Self.identity, at: Self.now))
        for length in 0..<value.count { #expect(backend(cookie, Array(value.prefix(length))) == nil) }
        #expect(backend(cookie, value + [0x30]) == nil)
        #expect(backend(cookie, [0x30] + value) == nil)
        #expect(backend(cookie, Array(repeating: 0x2E, count: 200)) == nil)
        var random = SeededGenerator(state: 1)
        for _ in 0..<2000 {
            let length = Int.random(in: 0...120, using: &random)
            let junk = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect(backend(cookie, junk) == nil)
        }
    }

    @Test func theCookieOfAnotherSecretPoolOrNameIsNotTaken() throws {
        let value = try #require(make().value(for: Self.identity, at: Self.now))
        #expect(backend(make { $0.secret = Array("another".utf8) }, value) == nil)
        #expect(backend(make(pool: "api"), value) == nil)
        #expect(backend(make { $0.cookie = "other" }, value) == nil)
    }

    @Test func withoutASecretOneIsMade() throws {
        let first = StickyCookie(StickyConfiguration(), pool: "web")
        let value = try #require(first.value(for: Self.identity, at: Self.now))
        #expect(backend(first, value) == Self.identity)
        #expect(backend(StickyCookie(StickyConfiguration(), pool: "web"), value) == nil)
    }

    @Test func isOverWhenItsTimeIs() throws {
        let cookie = make { $0.timeToLive = .seconds(60) }
        let value = try #require(cookie.value(for: Self.identity, at: Self.now))
        #expect(backend(cookie, value, at: Self.now + 59) == Self.identity)
        #expect(backend(cookie, value, at: Self.now + 60) == nil)
        let lasting = try #require(make().value(for: Self.identity, at: Self.now))
        #expect(backend(make(), lasting, at: .max) == Self.identity)
    }

    // MARK: Set-Cookie

    private func attributes(isSecure: Bool = false, _ change: (inout StickyConfiguration) -> Void) throws -> [String] {
        let text = try #require(make(change).setCookie(for: Self.identity, at: Self.now, isSecure: isSecure))
        return String(decoding: text, as: UTF8.self).split(separator: ";").map {
            String($0.drop { $0 == " " })
        }
    }

    @Test func setsWhatItKnowsAgain() throws {
        let pair = try #require(try attributes { _ in }.first)
        #expect(pair.hasPrefix("curlew="))
        #expect(backend(make(), Array(pair.dropFirst(7).utf8)) == Self.identity)
    }

    @Test func hasTheAttributesOfTheConfiguration() throws {
        #expect(try attributes { _ in }.dropFirst() == ["Path=/", "HttpOnly", "SameSite=Lax"])
        #expect(
            try attributes {
                $0.cookie = "affinity"
                $0.path = "/app"
                $0.timeToLive = .seconds(3600)
                $0.sameSite = .strict
                $0.secure = .always
            }.dropFirst() == ["Path=/app", "Max-Age=3600", "HttpOnly", "SameSite=Strict", "Secure"]
        )
    }

    @Test func isMarkedSecureWhereTheClientsConnectionIs() throws {
        #expect(try attributes(isSecure: true) { _ in }.contains("Secure"))
        #expect(try !attributes(isSecure: false) { _ in }.contains("Secure"))
        #expect(try !attributes(isSecure: true) { $0.secure = .never }.contains("Secure"))
        // Browsers would drop it.
        #expect(try attributes(isSecure: false) { $0.sameSite = .none }.contains("Secure"))
    }

    // MARK: Identities

    @Test func aBackendIsKnownByItsURLAndNotByItsPlace() {
        var configuration = makeConfiguration(weights: [1, 1, 1])
        let before = BackendPool(configuration).backends.map(\.identity)
        #expect(Set(before).count == 3)
        configuration.backends.reverse()
        let pool = BackendPool(configuration)
        #expect(pool.backends.map(\.identity) == before.reversed())
        #expect(pool.index(of: before[0]) == 2)
        #expect(pool.index(of: 1) == nil)
    }

    @Test func oneBackendMayBeWrittenInSeveralWays() {
        func identity(_ scheme: BackendURL.Scheme, _ host: String, _ port: UInt16) -> UInt64 {
            let url = BackendURL(scheme: scheme, endpoint: .tcp(host: host, port: port), description: "x")
            return BackendPool(PoolConfiguration(name: "a", backends: [BackendConfiguration(url: url)])).backends[0]
                .identity
        }
        #expect(identity(.http, "Example.com", 80) == identity(.http, "example.com", 80))
        #expect(identity(.http, "example.com", 80) != identity(.https, "example.com", 80))
        #expect(identity(.http, "example.com", 80) != identity(.http, "example.com", 81))
    }
}
