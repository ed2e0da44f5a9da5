// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CurlewConfig

@Suite struct WrongTypeTests {
    @Test(arguments: [
        ("connections: [1]", "16: limits.connections: expected a whole number but found a list", "connections: 5000"),
        ("connections: lots", "16: limits.connections: expected a whole number but found \"lots\"", "5000"),
        ("connections: true", "16: limits.connections: expected a whole number but found \"true\"", "5000"),
        ("connections: 1.5", "16: limits.connections: expected a whole number but found \"1.5\"", "5000"),
        ("connections:", "15: limits.connections: expected a whole number but found nothing", "connections: 5000"),
        ("connections: ~", "16: limits.connections: expected a whole number but found nothing", "connections: 5000"),
        ("connections: ''", "16: limits.connections: expected a whole number but found nothing", "5000"),
        ("idle_timeout: {}", "17: limits.idle_timeout: expected a duration but found a mapping", "idle_timeout: 30s"),
        ("idle_timeout: !secret x", "17: limits.idle_timeout: the tag \"!secret\" has no meaning here", "remove it"),
    ])
    func theFoundTheExpectedAndAnExampleAreNamed(line: String, message: String, example: String) throws {
        let found = problems(limits: line)
        #expect(found.count == 1)
        #expect(try #require(found.first).hasPrefix("test.yaml:3:\(message)"))
        #expect(found[0].contains(example))
    }

    @Test(arguments: [
        "backends: http://h", "backends: {}", "backends: 5", "backends:", "backends: [[\"http://h\"]]", "backends: [~]",
        "backends: [{}]", "pools: []", "pools: web", "pools: { web: [] }", "pools: { web: }", "[]", "text", "5",
    ])
    func itIsFoundAtEveryLevel(text: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.holds("test.yaml:1:", "(hint: for example ") })
    }

    @Test(arguments: [
        "log: info", "log: []", "limits: 5", "routes: { pool: a }", "routes: web", "routes: [web]",
    ])
    func andForEverySection(line: String) {
        let found = problems("backends: [\"http://h\"]\n\(line)")
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.holds("test.yaml:2:", "expected ", " but found ", "(hint: for example ") })
    }

    @Test func aKeyMustBeAWord() {
        #expect(problems("backends: [\"http://h\"]\n? [a]\n: b").allSatisfy { $0.contains("a key must be a word") })
        #expect(problems("backends: [\"http://h\"]\n? [a]\n: b").count == 1)
    }
}

@Suite struct BadValueTests {
    @Test(arguments: ["requests_per_connection", "pipelined_requests", "body_bytes"])
    func theUpperBoundIsTold(key: String) throws {
        let found = problems(limits: "\(key): 9223372036854775807")
        #expect(try #require(found.first).holds("out of range", "use 1 to 1"))
        #expect(!found[0].contains("or more"))
    }

    /// Each asks for something that nobody would do.
    @Test(arguments: ["!!python/object:os.system", "!!binary", "!!timestamp", "!!set", "!include", "!<tag:x,2000:y>"])
    func aTagThatMeansSomethingIsRefused(tag: String) throws {
        let words = "the tag "
        for text in [
            "backends: [\"http://h\"]\nlog: { output: \(tag) /x }",
            "backends: [\"http://h\"]\nlog: \(tag) { level: info }",
            "\(tag) backends: [\"http://h\"]", "backends: \(tag) [\"http://h\"]", "backends: [\(tag) \"http://h\"]",
        ] {
            let found = problems(text)
            #expect(found.count == 1, "\(found)")
            #expect(try #require(found.first).holds("test.yaml:", words, "has no meaning here"), "\(text)")
        }
    }

    @Test func aTagThatSaysWhatTheValueIsAnywayIsNone() {
        let text = "!!map\nbackends: !!seq [!!str http://h]\nworkers: !!int 2\n!!str listen: ! 3000\n"
        #expect(problems(text) == [])
    }

    @Test(arguments: [
        "listen: 0.0.0.0:99999", "listen: 99999", "listen: []", "listen: [3000, 3000]", "workers: 0", "workers: -2",
        "workers: many", "drain_timeout: 0s", "drain_timeout: -1s", "drain_timeout: 9", "log: { format: xml }",
        "log: { level: loud }", "log: { access: some }", "log: { output: stdot }", "limits: { connections: 0 }",
        "limits: { header_bytes: 0 }", "limits: { header_bytes: 1GiB }", "limits: { header_count: 0 }",
        "limits: { body_bytes: 0 }", "limits: { body_bytes: -1 }", "limits: { header_timeout: 0s }",
        "limits: { body_timeout: 0ms }", "limits: { idle_timeout: -5s }", "limits: { requests_per_connection: 0 }",
        "limits: { connections: unlimited }", "limits: { connections_per_client: 0 }",
        "limits: { request_line_bytes: 2 }", "limits: { trailer_bytes: 0 }", "limits: { trailer_count: -1 }",
        "limits: { pipelined_requests: 0 }", "limits: { response_header_bytes: 200KiB }",
        "limits: { response_header_count: 0 }", "listen: {}", "listen: [{ address: 3000, proxy_protocol: maybe }]",
        "listen: [{ proxy_protocol: false }]", "listen: [{ address: 3000, port: 1 }]",
        "listen: [3000, { address: \"0.0.0.0:3000\" }]", "listen: { address: 3000, proxy_protocol: true }",
        "trusted_proxies: all", "trusted_proxies: [10.0.0.0/33]", "trusted_proxies: [10.0.0.0/]",
        "trusted_proxies: [10.0.0.1/8]", "trusted_proxies: [\"::/129\"]", "trusted_proxies: [10.0.0.0/08x]",
        "trusted_proxies: [10/8]", "trusted_proxies: [proxy.example]", "trusted_proxies: {}",
    ])
    func theirPlaceAndARemedyAreTold(line: String) throws {
        let found = problems("backends: [\"http://h\"]\n\(line)")
        #expect(found.count == 1)
        let key = line.prefix { $0 != ":" }
        #expect(try #require(found.first).hasPrefix("test.yaml:2:"))
        #expect(found[0].holds("\(key)", "(hint: "))
    }

    @Test(arguments: [
        "strategy: round-robin", "strategy: fastest", "health_check: { path: up }", "health_check: { path: \"/a b\" }",
        "health_check: { interval: 0s }", "health_check: { timeout: -3s }", "health_check: { expect_status: ok }",
        "health_check: { expect_status: 399-200 }", "health_check: { rise: 0 }", "health_check: { fall: 0 }",
        "retry: { attempts: 0 }", "retry: { attempts: -1 }", "retry: { on: [] }", "retry: { on: [rest] }",
        "retry: { on: [200] }",
        "retry: { on: connect }", "retry: { body_buffer: -1 }", "timeouts: { connect: 0s }",
        "timeouts: { connect: off }",
        "timeouts: { first_byte: -1s }", "timeouts: { idle: 5 }", "timeouts: { total: 0s }",
        "timeouts: { keep_alive: off }", "timeouts: { tunnel: off }", "timeouts: { tunnel: 0s }",
    ])
    func andInAPool(line: String) throws {
        let found = problems(pool: line)
        #expect(found.count == 1)
        let key = line.prefix { $0 != ":" }
        #expect(try #require(found.first).hasPrefix("test.yaml:4:"))
        #expect(found[0].holds("pools.web.\(key)", "(hint: "))
    }

    @Test(arguments: [
        ("listen: [\"0.0.0.0:3000\", \"127.0.0.1:3000\"]", "1:26: listen: 127.0.0.1:3000"),
        ("listen: [\"127.0.0.1:3000\", 3000]", "1:28: listen: 0.0.0.0:3000"),
        ("listen: [\"[::]:3000\", \"[::1]:3000\"]", "1:23: listen: [::1]:3000"),
        ("listen: [\"[::1]:3000\", \"[0::1]:3000\"]", "1:24: listen: [0::1]:3000"),
        ("listen: 3000\nadmin: { listen: \"127.0.0.1:3000\" }", "2:18: admin: 127.0.0.1:3000"),
        ("listen: 3900\nadmin: {}", "2:8: admin: 127.0.0.1:3900"),
    ])
    func addressesOfOneGatewayDoNotOverlap(text: String, words: String) throws {
        let found = problems(text)
        #expect(found.count == 1, "\(found)")
        #expect(try #require(found.first).holds("test.yaml:\(words) cannot be had beside "))
    }

    @Test(arguments: [
        "listen: [\"0.0.0.0:3000\", \"[::]:3000\"]", "listen: [\"127.0.0.1:3000\", \"127.0.0.2:3000\"]",
        "listen: [\"0.0.0.0:0\", \"127.0.0.1:0\"]", "listen: [3000, 3001]",
        "listen: 3000\nadmin: { listen: \"[::1]:3000\" }", "admin: { listen: \"127.0.0.1:3000\" }",
    ])
    func othersStandSideBySide(text: String) {
        #expect(problems(text) == [])
    }

    @Test(arguments: [
        ("trusted_proxies: [10.0.0.0/8, 0.0.0.0/0]", "0.0.0.0/0 is everybody"),
        ("trusted_proxies: [\"::/0\"]", "::/0 is everybody"), ("trusted_proxies: [10.0.0.0/8, \"::/1\"]", nil),
        ("backends: [{ url: \"http://a\", enabled: false }]", "no backend of the pool is enabled"),
        ("backends: [\"http://b\", { url: \"http://a\", enabled: false }]", nil),
        ("pools: { a: { backends: [\"http://b\"], queue: { size: 0, timeout: 2s } } }", "size of 0"),
        ("pools: { a: { backends: [\"http://b\"], retry: { hedge_after: 40s } } }", "hedge_after, 40s,"),
        ("backends: [{ url: \"http://a\", interface: nosuch0 }]", "no network interface nosuch0"),
        ("backends: [{ url: \"http://a\", interface: eth1 }, { url: \"http://b\", interface: \"10.0.0.1\" }]", nil),
        ("{ log: { output: /nowhere/x/y.log }, backends: [\"http://a\"] }", "no folder /nowhere/x on"),
        ("{ log: { output: /var/log/y.log }, backends: [\"http://a\"] }", nil),
        ("{ listen: 3000, backends: [\"http://localhost:3000\"] }", "itself listens"),
        ("{ listen: \"10.0.0.1:80\", backends: [\"http://10.0.0.1\"] }", "itself listens"),
        ("{ listen: 3000, backends: [\"http://10.0.0.1:3000\", \"http://localhost:3001\"] }", nil),
        ("{ listen: \"10.0.0.1:3000\", backends: [\"http://localhost:3000\"] }", nil),
        ("{ listen: 3000, backends: [{ url: \"http://localhost:3000\", connect_to: \"a:1\" }] }", nil),
    ])
    func whatCanHardlyBeMeantIsNoted(text: String, words: String?) throws {
        let found = try EverySetting.read(text).notes.map(\.description)
        #expect(found.count == (words == nil ? 0 : 1), "\(found)")
        if let words { #expect(try #require(found.first).holds("test.yaml:1:", words, "(hint: ")) }
    }

    @Test func aBackendCannotStandTwiceInAPool() throws {
        let found = problems("backends:\n  - http://localhost\n  - { url: \"http://LOCALHOST:80/\" }\n")
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("test.yaml:3:12:", "already in the pool, on line 2"))
    }

    @Test func twoPoolsMayShareABackend() {
        let text = "pools: { a: { backends: [\"http://h\"] }, b: { backends: [\"http://h\"] } }\nroutes: [{ pool: b }]"
        #expect(problems(text) == [])
    }

    @Test func allProblemsAreReportedInTheOrderOfTheFile() {
        let found = problems("workers: 0\nlisten: x\nbackends: [a, b]\nzork: 1\nlog: { level: x, format: y }\n")
        let places = found.map { $0.split(separator: " ")[0] }
        #expect(
            places == [
                "test.yaml:1:10:", "test.yaml:2:9:", "test.yaml:3:12:", "test.yaml:3:15:", "test.yaml:4:1:",
                "test.yaml:5:15:", "test.yaml:5:26:",
            ]
        )
    }

    @Test(arguments: ["\"  \"", "\" a\"", "\"a\\t\"", "\"a \"", "\"a\\u0001b\""])
    func aTokenThatNoRequestCanShowIsRefused(token: String) {
        let found = problems("backends: [\"http://h\"]\nadmin: { token: \(token) }\n")
        #expect(
            found.count == 1 && found[0].holds("admin.token: no request can show this token", "openssl"),
            "\(found)"
        )
    }
}
