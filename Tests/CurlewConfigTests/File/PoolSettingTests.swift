// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

@Suite struct PoolSettingTests {
    @Test func expectedStatusesHaveOneFormHoweverTheyAreListed() throws {
        for list in ["[200-299, 401, 403]", "[403, 250-299, 401, 200-260]", "[401, 403, 200-299, 200]"] {
            let read = try configuration(
                "pools: { a: { backends: [\"http://h\"], health_check: { expect_status: \(list) } } }"
            )
            #expect(read.pools[0].healthCheck.expectStatus == 200...299)
            #expect(read.pools[0].healthCheck.moreStatuses == [401, 403])
        }
    }

    @Test(arguments: [
        ("20%", 20), ("0.2", 20), ("100%", 100), ("0", 0), ("0%", 0), ("1.0", 100), ("0.07", 7),
    ])
    func partsAreWrittenInPerCentOrAsADecimal(text: String, percent: Int) throws {
        #expect(try ValueParser<Int>.ratio(0...100, example: "20%").parse(text) == percent)
    }

    @Test(arguments: ["20", "101%", "-1%", "1.5%", "1.01", "x%", "%", "", "1e1%", "nan"])
    func otherPartsAreNot(text: String) {
        #expect(complaint(ValueParser<Int>.ratio(0...100, example: "20%"), text)?.contains("(hint: ") == true)
    }

    @Test(arguments: [
        "hash: { header: X }", "hash: path", "strategy: consistent_hash, hash: { header: X, cookie: y }",
        "strategy: consistent_hash, hash: ip", "strategy: consistent_hash, hash: { header: \"a b\" }",
        "strategy: consistent_hash, hash: { balance: 50% }", "slow_start: 0s", "slow_start: unlimitd",
        "when_all_down: panic", "adaptive_concurrency: { minimum: 20, maximum: 10 }", "adaptive_concurrency: on",
        "outlier: { eject_for: 10m }", "outlier: { max_ejected: 0% }", "outlier: { latency: 0.5 }", "outlier: yes",
        "sticky: { cookie: \"a b\" }", "sticky: { same_site: none, secure: never }", "sticky: { ttl: 1ms }",
        "sticky: { secret: a, secret_file: /s }", "sticky: { secret: '' }", "sticky: { path: a }",
        "health_check: { expect_body: '' }", "health_check: { method: HEAD, expect_body: x }",
        "health_check: { method: POST }", "health_check: { expect_status: [] }", "health_check: { host: \"a/b\" }",
        "queue: { size: -1 }", "limits: { active_requests: 0 }", "retry: { budget: 20 }", "retry: { backoff: -1s }",
    ])
    func mistakesAreToldWithARemedy(line: String) throws {
        let found = problems("pools: { a: { backends: [\"http://h\"], \(line) } }")
        #expect(found.count == 1, "\(found)")
        #expect(try #require(found.first).holds("test.yaml:1:", "pools.a.", "(hint: "))
    }

    @Test(arguments: [
        "weight: 0", "weight: 1001", "max_connections: 0", "backup: maybe", "host: \"a b\"", "host: \"a:99999\"",
        "sni: 10.0.0.1", "sni: \"a:443\"", "connect_to: a", "connect_to: \"a:0\"", "proxy: \"ftp://a\"",
        "proxy: a:1080",
        "interface: averylonginterfacename", "interface: if!eth0", "tls: { pinned_key: abc }", "http2: 2",
        "tls: { cert_file: /etc/passwd }",
        "aws_sigv4: { access_key: a, region: r, service: s }",
        "aws_sigv4: { access_key: a, secret_key: b, region: r }", "wieght: 2",
        "aws_sigv4: { access_key: \"a b\", secret_key: b, region: r, service: s }",
        "aws_sigv4: { access_key: a, secret_key: b, session_token: \"a\\nb\", region: r, service: s }",
        "aws_sigv4: { access_key: a, secret_key: b, session_token: c, session_token_file: d, region: r, service: s }",
    ])
    func andInABackend(line: String) throws {
        let found = problems("backends: [\"http://spare\", { url: \"https://h\", \(line) }]")
        #expect(found.count == 1, "\(found)")
        #expect(try #require(found.first).holds("test.yaml:1:", "backends", "(hint: "))
    }

    @Test(arguments: [
        ("http://h", "sni: a", "https://"), ("http://h", "tls: {}", "https://"),
        ("unix:/run/a.sock", "connect_to: \"a:1\"", "socket"), ("unix:/run/a.sock", "proxy: \"http://p:1\"", "socket"),
    ])
    func whatHasNoEffectThereIsAMistake(url: String, line: String, words: String) throws {
        let found = problems("backends: [{ url: \"\(url)\", \(line) }]")
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("no effect", words))
    }

    @Test func aPoolIsNotOfBackupsAlone() throws {
        let found = problems(
            "backends:\n  - { url: \"http://a\", backup: true }\n  - { url: \"http://b\", backup: true }"
        )
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("test.yaml:1:1:", "every backend of the pool is a backup"))
    }

    @Test func twoWaysToOneAddressAreTwoBackends() {
        #expect(
            problems(
                "backends: [{ url: \"https://h\", connect_to: \"a:1\" }, { url: \"https://h\", connect_to: \"b:1\" }]"
            ) == []
        )
    }

    @Test func aProxysPasswordIsNotRepeated() {
        let found = problems("backends: [{ url: \"http://h\", proxy: \"socks5://u:hidden@a b:1\" }]")
        #expect(found.count == 1 && !found[0].contains("hidden"))
    }

    @Test func flagsReachThePoolOfTheLastRoute() throws {
        let pools = "pools: { a: { backends: [\"http://a\"] }, b: { backends: [\"http://b\"] } }\n"
        let flags = CommandLineSettings(config: "f", backends: ["http://flag"], strategy: "random")
        let read = try load(flags, files: ["f": pools + "routes: [{ pool: b }, { path: /a, pool: a }]"])
        #expect(read.pools.map { $0.backends[0].url.description } == ["http://a", "http://flag"])
        #expect(read.pools.map(\.strategy) == ["round_robin", "random"])
        for routes in ["[{ path: /b, pool: b }, { path: /a, pool: a }]", "[{ path: /a, pool: a }, { respond: {} }]"] {
            let failure = try #require(throws: ConfigurationFailure.self) {
                try load(flags, files: ["f": pools + "routes: \(routes)"])
            }
            #expect(failure.description.holds("--backend", "route without conditions"))
            #expect(failure.exitCode == 2)
        }
    }
}

@Suite struct CleartextHTTP2Tests {
    private func problems(_ backend: String, _ reason: String?) -> [String] {
        var surroundings = Surroundings.with()
        surroundings.cleartextHTTP2 = { reason }
        do {
            let text = "backends: [\"http://spare\", { \(backend) }]"
            _ = try ConfigurationReader.read(text, file: "test.yaml", surroundings: surroundings)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func withoutALibcurlForItItHasItsPlace() throws {
        for url in ["http://h", "unix:/run/app.sock"] {
            let found = problems("url: \"\(url)\", http2: true", "needs another libcurl")
            #expect(found.count == 1)
            #expect(try #require(found.first).hasPrefix("test.yaml:1:"))
            #expect(found[0].holds("backends.http2: needs another libcurl", "remove http2"))
            #expect(problems("url: \"\(url)\", http2: true", nil) == [])
            #expect(problems("url: \"\(url)\", http2: false", "needs another libcurl") == [])
        }
        // Over TLS HTTP/1.1 is spoken in its place.
        #expect(problems("url: \"https://h\", http2: true", "needs another libcurl") == [])
    }
}

@Suite struct StickyPrefixTests {
    @Test(arguments: [
        ("cookie: __Host-seat, path: /app", "write cookie: __Secure-seat"),
        ("cookie: __host-a, path: /b", "not for the path /"),
        ("cookie: __Host-seat, secure: never", "not secure"), ("cookie: __Secure-seat, secure: never", "not secure"),
    ])
    func whatBrowsersWouldDropIsRefused(members: String, words: String) throws {
        let found = problems(pool: "sticky: { \(members) }")
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("test.yaml:4:", words))
    }

    @Test(arguments: ["cookie: __Host-seat", "cookie: __Host-seat, path: /", "cookie: __Secure-seat, path: /app"])
    func whatTheyKeepIsNot(members: String) {
        #expect(problems(pool: "sticky: { \(members) }") == [])
    }
}
