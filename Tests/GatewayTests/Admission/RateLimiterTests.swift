// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct RateLimiterTests {
    private static let second: UInt64 = 1_000_000_000
    private let client = IPAddress(ipv4: 0xC000_0201)

    /// A parsed request and the bytes that it was parsed from.
    private func request(_ fields: String...) throws -> (RequestHead, ByteBuffer) {
        let bytes = Array(("GET / HTTP/1.1\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
        let head = RequestHead()
        var parser = RequestParser(limits: HTTPLimits())
        let outcome = parser.parse(bytes.span, into: head)
        try #require(outcome == .complete)
        let input = ByteBuffer(capacity: bytes.count)
        input.append(bytes)
        return (head, input)
    }

    private func isLetIn(_ limiter: RateLimiter, _ client: IPAddress, _ fields: String...) throws -> Bool {
        let (head, input) = try request(fields.joined(separator: "\r\n"))
        return !limiter.take(head, in: input, of: client, at: RateLimiterTests.second).isExceeded
    }

    private func text(_ write: (ByteBuffer) -> Void) -> String {
        let output = ByteBuffer(capacity: 16)
        write(output)
        return String(decoding: Array(output.pending), as: UTF8.self)
    }

    // MARK: Whose requests are counted together

    @Test func clientsAreApartAndAnIPv6NetworkIsOne() throws {
        let limiter = RateLimiter(RateLimitConfiguration(requests: 1, period: .seconds(60)), name: "default")
        #expect(try isLetIn(limiter, client, "X: 1"))
        #expect(try !isLetIn(limiter, client, "X: 2"))
        #expect(try isLetIn(limiter, IPAddress(ipv4: 0xC000_0202), "X: 1"))
        #expect(try isLetIn(limiter, IPAddress(high: 0x2001_0DB8_0000_0001, low: 1), "X: 1"))
        #expect(try !isLetIn(limiter, IPAddress(high: 0x2001_0DB8_0000_0001, low: .max), "X: 1"))
        #expect(try isLetIn(limiter, IPAddress(high: 0x2001_0DB8_0000_0002, low: 1), "X: 1"))
    }

    @Test func valuesOfAFieldAreApart() throws {
        let configuration = RateLimitConfiguration(requests: 1, period: .seconds(60), key: .header("X-Api-Key"))
        let limiter = RateLimiter(configuration, name: "default")
        #expect(try isLetIn(limiter, client, "X-Api-Key: one"))
        #expect(try !isLetIn(limiter, IPAddress(ipv4: 7), "x-api-KEY:  one "))
        #expect(try isLetIn(limiter, client, "X-Api-Key: two"))
        #expect(try isLetIn(limiter, client, "X-Api-Key: One"))
        // None, an empty one and two are four different things with the first.
        #expect(try isLetIn(limiter, client, "X-Other: one"))
        #expect(try !isLetIn(limiter, client, "X-Api-Keys: one"))
        #expect(try isLetIn(limiter, client, "X-Api-Key:"))
        #expect(try isLetIn(limiter, client, "X-Api-Key: o", "X-Api-Key: ne"))
        #expect(try !isLetIn(limiter, client, "X-Api-Key: o", "X-Api-Key: ne"))
    }

    @Test func whatItHasDecidedIsCountedAlsoWhenTheLimitHasChanged() throws {
        let limiter = RateLimiter(RateLimitConfiguration(requests: 1, period: .seconds(60)), name: "default")
        for _ in 0..<3 { _ = try isLetIn(limiter, client) }
        #expect(limiter.counts == RateTable.Counts(decided: 3, exceeded: 2))
        let changed = RateLimiter.of(RateLimitConfiguration(requests: 2), name: "default", after: limiter)
        #expect(changed !== limiter && changed.counts == limiter.counts)
        #expect(try isLetIn(changed, client))
        #expect(changed.counts == RateTable.Counts(decided: 4, exceeded: 2))
        let other = RateLimiter.of(RateLimitConfiguration(requests: 2), name: "other", after: changed)
        #expect(other.counts == RateTable.Counts())
    }

    @Test func theRouteIsOneWhoeverAsks() throws {
        let configuration = RateLimitConfiguration(requests: 2, period: .seconds(60), key: .all)
        let limiter = RateLimiter(configuration, name: "default")
        #expect(try isLetIn(limiter, client, "X: 1"))
        #expect(try isLetIn(limiter, IPAddress(ipv4: 1), "X: 1"))
        #expect(try !isLetIn(limiter, IPAddress(ipv4: 2), "X: 1"))
    }

    // MARK: What clients are told

    @Test(arguments: [
        (RateLimitConfiguration(requests: 100), "\"default\";q=100;w=1"),
        (RateLimitConfiguration(requests: 5, period: .seconds(60), burst: 9), "\"default\";q=5;w=60"),
        // The field has whole seconds only.
        (RateLimitConfiguration(requests: 10, period: .milliseconds(250)), "\"default\";q=40;w=1"),
        (RateLimitConfiguration(requests: 10, period: .milliseconds(1500)), "\"default\";q=13;w=2"),
    ]) func thePolicyIsTheLimit(configuration: RateLimitConfiguration, expected: String) {
        let limiter = RateLimiter(configuration, name: "default")
        #expect(text { limiter.writePolicy(to: $0) } == expected)
    }

    @Test func theFieldSaysWhatIsLeft() throws {
        let limiter = RateLimiter(RateLimitConfiguration(requests: 2, period: .seconds(5)), name: "api \"v1\"")
        let (head, input) = try request()
        func item(at now: UInt64) -> String {
            let quota = limiter.take(head, in: input, of: client, at: now)
            return text { limiter.write(quota, to: $0) } + (quota.isExceeded ? " too many" : "")
        }
        // The first is back in two and a half seconds, rounded up.
        #expect(item(at: RateLimiterTests.second) == "\"api \\\"v1\\\"\";r=1;t=3")
        #expect(item(at: RateLimiterTests.second) == "\"api \\\"v1\\\"\";r=0;t=3")
        #expect(item(at: RateLimiterTests.second) == "\"api \\\"v1\\\"\";r=0;t=3 too many")
        #expect(item(at: RateLimiterTests.second * 3) == "\"api \\\"v1\\\"\";r=0;t=1 too many")
        #expect(item(at: RateLimiterTests.second * 4) == "\"api \\\"v1\\\"\";r=0;t=2")
    }

    @Test func aNameIsAStringOfAStructuredField() {
        let limiter = RateLimiter(RateLimitConfiguration(requests: 1), name: "a\\b\"c\r\nd\u{E9}")
        #expect(text { limiter.writePolicy(to: $0) } == "\"a\\\\b\\\"c??d?\";q=1;w=1")
    }
}
