// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Who is let in, and what counts the request.
@Suite struct AdmissionTests {
    private static let hash =
        "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1"

    @Test func theNetworkThatDecidesIsNamed() throws {
        let yaml = route("access: { allow: [10.0.0.0/8, 10.1.2.0/24], deny: [10.1.0.0/16] }")
        let allowed = try explain("GET", "http://a/", from: "10.1.2.3", in: yaml)
        #expect(allowed.admission?.access == .init(isAllowed: true, network: "10.1.2.0/24", list: "allow"))
        #expect(allowed.result.kind == .forwarded)
        let denied = try explain("GET", "http://a/", from: "10.1.3.3", in: yaml)
        #expect(denied.admission?.access == .init(isAllowed: false, network: "10.1.0.0/16", list: "deny"))
        #expect(denied.result.status == 403)
        #expect(denied.forwarding == nil)
        let stranger = try explain("GET", "http://a/", from: "11.0.0.1", in: yaml)
        #expect(stranger.admission?.access == .init(isAllowed: false, network: nil, list: nil))
        #expect(stranger.result.status == 403)
    }

    @Test func everyLimitThatCountsItSaysByWhat() throws {
        let yaml =
            "rate_limit: { requests: 1000, per: 1m, by: route }\n"
            + route("name: api, rate_limit: { requests: 10, per: 1s, burst: 5, by: { header: X-Key }, dry_run: true }")
        let limits = try #require(try explain("GET", "http://a/", ["x-key: k1"], in: yaml).admission?.rateLimits)
        #expect(limits.map(\.name) == ["default", "api"])
        #expect(limits.map(\.by) == ["route", "header"])
        #expect(limits.map(\.key) == [nil, "k1"])
        #expect(limits.map(\.perMs) == [60_000, 1000])
        #expect(limits.map(\.burst) == [1000, 5])
        #expect(limits.map(\.isDryRun) == [false, true])
    }

    @Test func anIPv6ClientCountsByItsNetwork() throws {
        let yaml = route("rate_limit: { requests: 10 }")
        let limits = try explain("GET", "http://a/", from: "2001:db8:1:2:3::4", in: yaml).admission?.rateLimits
        #expect(limits?.first?.key == "2001:db8:1:2::/64")
    }

    @Test func whatIsDeniedCountsNowhere() throws {
        let yaml = route("access: { deny: [192.0.2.0/24] }, rate_limit: { requests: 10 }")
        #expect(try explain("GET", "http://a/", in: yaml).admission?.rateLimits == [])
    }

    @Test func whatFitsNoRouteCountsForTheLimitOfAll() throws {
        let yaml =
            "rate_limit: { requests: 10 }\npools:\n  web:\n    backends: [\"http://b0:1\"]\n"
            + "routes:\n  - { host: a.example, pool: web }\n"
        #expect(try explain("GET", "http://b/", in: yaml).admission?.rateLimits.map(\.name) == ["default"])
    }

    @Test(
        arguments: [
            ([], Explanation.BasicAuth.Credentials.missing, 401),
            (["Authorization: Basic YWRtaW46d3Jvbmc="], .wrong, 401),
            (["Authorization: Bearer x"], .wrong, 401),
            (["Authorization: Basic YWRtaW46c2VjcmV0"], .right, nil),
        ] as [([String], Explanation.BasicAuth.Credentials, Int?)]
    )
    func passwordsAreVerified(headers: [String], credentials: Explanation.BasicAuth.Credentials, status: Int?) throws {
        let yaml = route("basic_auth: { realm: staff, users: { admin: \"\(Self.hash)\" } }")
        let explanation = try explain("GET", "http://a/", headers, in: yaml)
        #expect(explanation.admission?.basicAuth?.realm == "staff")
        #expect(explanation.admission?.basicAuth?.credentials == credentials)
        #expect(explanation.result.status == status)
        #expect(explanation.result.kind == (status == nil ? .forwarded : .refused))
    }
}
