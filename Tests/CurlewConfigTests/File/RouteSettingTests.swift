// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

/// Two pools, and this route; its text begins on line 5, column 5.
private func file(_ route: String) -> String {
    "pools:\n  web: { backends: [\"http://h\"], timeouts: { idle: 7s }, retry: { attempts: 5 } }\n"
        + "  api: { backends: [\"http://g\"] }\nroutes:\n  - \(route)\n  - { pool: api, path: /last }\n"
}

private func notes(_ text: String) throws -> [String] {
    try EverySetting.read(text).notes.map(\.description)
}

@Suite struct RouteSettingTests {
    private func route(_ text: String) throws -> RouteConfiguration { try configuration(file(text)).routes[0] }

    @Test func conditionsAreBroughtIntoOneForm() throws {
        let read = try route(
            "{ host: [API.Example.com., \"*.Example.org\", \"[::1]\"], path: /v1/, methods: [GET], "
                + "headers: { X-A: \"1\", X-B: \"*\" }, query: { a: \"\" }, pool: web }"
        )
        #expect(read.hosts == ["api.example.com", "*.example.org", "[::1]"])
        #expect(read.path == .prefix("/v1"))
        #expect(read.headers == [.init(name: "X-A", value: "1"), .init(name: "X-B", value: nil)])
        #expect(read.query == [.init(name: "a", value: "")])
        // Which every path begins with.
        #expect(try route("{ path: /, methods: [GET], pool: web }").path == nil)
        #expect(try route("{ exact_path: /a/, pool: web }").path == .exact("/a/"))
        #expect(try route("{ path: \"/%61%7e/%c3%a9%20%21\", pool: web }").path == .prefix("/a~/%C3%A9%20!"))
    }

    @Test func whatARouteLeavesOutIsAsItsPoolHasIt() throws {
        let read = try route("{ pool: web, timeouts: { first_byte: 5m }, retry: { on: [503] } }").overrides
        #expect(read.timeouts == TimeoutsConfiguration(firstByte: .seconds(300), idle: .seconds(7)))
        #expect(read.retry?.attempts == 5)
        #expect(read.retry?.on == [] && read.retry?.statuses == [503])
        #expect(read.bodyBytes == nil)
        #expect(try route("{ pool: web, limits: { body_bytes: unlimited } }").overrides.bodyBytes == .some(nil))
    }

    @Test func sharesMayBePartsOfAPercent() throws {
        let read = try route("{ split: [{ pool: web, percent: 99.9 }, { pool: api, percent: 0.1% }] }")
        let targets = [
            SplitTarget(pool: "web", percent: Percentage(hundredths: 9990)),
            SplitTarget(pool: "api", percent: Percentage(hundredths: 10)),
        ]
        #expect(read.action == .split(targets))
        #expect(targets.map(\.percent.text) == ["99.9", "0.1"])
        let thirds = try route("{ split: [{ pool: web, percent: 66.67 }, { pool: api, percent: 33.33 }] }")
        #expect(thirds.overrides == read.overrides)
        let copied = try route("{ pool: web, mirror: { pool: api, percent: 0.05% } }").overrides
        #expect(copied.mirror?.percent == Percentage(hundredths: 5))
    }

    @Test func prefixesAreTakenAwayOrReplaced() throws {
        #expect(
            try route("{ pool: web, strip_prefix: /v1/ }").overrides.pathRewrite == PathRewrite(from: "/v1", to: "")
        )
        let replaced = try route("{ pool: web, replace_prefix: { from: /v1, to: /api/ } }").overrides.pathRewrite
        #expect(replaced == PathRewrite(from: "/v1", to: "/api"))
        let root = try route("{ pool: web, replace_prefix: { from: /v1, to: / } }").overrides.pathRewrite
        #expect(root == PathRewrite(from: "/v1", to: ""))
    }

    @Test(arguments: [
        ("{ pool: web, host: \"*\" }", "leave `host` out"), ("{ pool: web, host: \"a.*.com\" }", "*.example.com"),
        ("{ pool: web, host: \"a.com:80\" }", "the port does not count"),
        ("{ pool: web, host: a b }", "not a host name"),
        ("{ pool: web, host: [a.com, A.com] }", "twice"), ("{ pool: web, path: v1 }", "slash"),
        ("{ pool: web, path: /v1/* }", "path: /v1"), ("{ pool: web, path: \"/a?b\" }", "query"),
        ("{ pool: web, path: \"/a b\" }", "%20"), ("{ pool: web, methods: [get] }", "write GET"),
        ("{ pool: web, methods: [CONNECT] }", "405"), ("{ pool: web, methods: [] }", "empty"),
        ("{ pool: web, headers: { \"X A\": b } }", "name of a header"), ("{ pool: web, headers: {} }", "nothing in it"),
        ("{ pool: web, name: a b }", "name of a route"), ("{ pool: web, strip_prefix: / }", "nothing to strip"),
        ("{ pool: web, query: { \"a=b\": c } }", "%3D"), ("{ pool: web, query: { \"a&b\": \"*\" } }", "%26"),
        ("{ pool: web, query: { a: \"b c\" } }", "a space is %20"), ("{ pool: web, query: { a: \"b&c\" } }", "%26"),
        ("{ pool: web, query: { a: \"b#c\" } }", "no request"), ("{ pool: web, query: { ä: b } }", "percent-encode"),
        ("{ split: [{ pool: web, percent: 90 }, { pool: api, percent: 5 }] }", "95 %"),
        ("{ split: [{ pool: web, percent: 90 }, { pool: web, percent: 10 }] }", "twice"),
        ("{ split: [{ pool: wbe, percent: 100 }] }", "did you mean web"),
        ("{ split: [{ pool: web, percent: 99.9 }, { pool: api, percent: 0.15 }] }", "make 100.05 % together"),
        ("{ split: [{ pool: web, percent: 99.999 }, { pool: api, percent: 1 }] }", "finer than a hundredth"),
        ("{ split: [{ pool: web, percent: 101 }] }", "out of range"),
        ("{ pool: web, mirror: { pool: wbe } }", "did you mean web"),
        ("{ redirect: { to: here } }", "neither a URL nor a path"), ("{ redirect: { to: //evil } }", "two slashes"),
        ("{ redirect: { to: \"/{path}\" } }", "two slashes"), ("{ redirect: { to: \"/{pth}\" } }", "did you mean path"),
        ("{ redirect: { to: \"/{path\" } }", "brace"), ("{ redirect: { to: \"/a?b{query}\" } }", "question mark"),
        ("{ redirect: { to: /a, status: 300 } }", "308"), ("{ redirect: { to: /a }, retry: {} }", "no effect"),
        ("{ respond: {}, request_headers: { set: { A: b } } }", "no effect"),
        ("{ respond: { status: 204, body: x } }", "no body"), ("{ respond: { status: 101 } }", "200 to 599"),
        ("{ respond: { content_type: text } }", "media type"),
        ("{ respond: { headers: { Content-Type: a/b } } }", "content_type"),
        ("{ pool: web, rate_limit: { per: 1s } }", "no requests"),
        ("{ pool: web, rate_limit: { requests: 1, by: ip } }", "client_ip"),
        ("{ pool: web, rate_limit: { requests: 1, per: 8760h, burst: 1000000000 } }", "hundred years"),
        ("{ pool: web, access: {} }", "names nobody"), ("{ pool: web, access: { allow: all } }", "network"),
        ("{ pool: web, basic_auth: {} }", "nobody"), ("{ pool: web, basic_auth: { users: { a: b } } }", "htpasswd"),
        ("{ pool: web, basic_auth: { realm: 'a\"', users: { a: \(ShownHash.bcrypt) } } }", "realm"),
        ("{ name: default, pool: web, rate_limit: { requests: 1 } }", "the limit at the top of the file"),
        ("{ name: route, pool: web, rate_limit: { requests: 1 } }", "that of a route without a name"),
        (
            "{ name: concurrency_per_client, pool: web, rate_limit: { requests: 1 } }",
            "is that of concurrency_per_client"
        ),
        ("{ pool: web, timeouts: { connect: 1s } }", "unknown key \"connect\""),
    ])
    func mistakesAreToldWithARemedy(route: String, words: String) throws {
        let found = problems(file(route))
        #expect(found.count == 1, "\(found)")
        #expect(try #require(found.first).hasPrefix("test.yaml:5:"))
        #expect(found[0].contains(words), "\(found[0])")
    }

    @Test func aParameterMayHaveAnyValueThatCanBeSent() throws {
        let read = try route("{ pool: web, query: { \"a[]\": \"b=c|%20+\", c: \"\", d: \"*\" } }").query
        #expect(read.map(\.value) == ["b=c|%20+", "", nil])
    }

    @Test(arguments: [
        ("{ pool: web, path: /v1, strip_prefix: /v2 }", "begins with /v2"),
        ("{ pool: web, path: /v1, strip_prefix: /v1/a }", nil), ("{ pool: web, path: /v1, strip_prefix: /v1 }", nil),
        ("{ pool: web, path: /v1/a, strip_prefix: /v1 }", nil),
        ("{ pool: web, exact_path: /v1, strip_prefix: /v1/a }", "begins with /v1/a"),
        ("{ pool: web, path: /v10, strip_prefix: /v1 }", "begins with /v1,"),
        ("{ redirect: { to: \"{path}\" } }", "in a circle"),
        ("{ redirect: { to: \"{path}{query}\" }, path: /a }", "in a circle"),
        ("{ redirect: { to: \"{path}\" }, path: /a, strip_prefix: /a }", nil),
        ("{ redirect: { to: \"https://{host}{path}\" } }", nil),
        ("{ pool: web, retry: { hedge_after: 20ms, attempts: 1 } }", "attempts: 1"),
        ("{ pool: web, retry: { hedge_after: 2s }, timeouts: { first_byte: 1s } }", "timeouts.first_byte, 1s,"),
        ("{ pool: web, retry: { per_try_timeout: 2s }, timeouts: { total: 2s } }", "timeouts.total, 2s,"),
        ("{ pool: web, retry: { per_try_timeout: 2s, hedge_after: 1s } }", nil),
    ])
    func whatHasNoEffectIsNoted(route: String, words: String?) throws {
        let found = try notes(file(route)).filter { !$0.contains("no route uses") && !$0.contains("answered 404") }
        #expect(found.count == (words == nil ? 0 : 1), "\(found)")
        if let words { #expect(try #require(found.first).holds("test.yaml:5:", words, "(hint: ")) }
    }

    @Test func limitsThatHaveOneNameAreNoted() throws {
        let limit = "pool: web, rate_limit: { requests: 1 }"
        let found = try notes(
            file("{ path: /a, \(limit) }\n  - { path: /b, \(limit) }\n  - { name: c, path: /c, \(limit) }")
        )
        .filter { !$0.contains("answered 404") }
        #expect(found.count == 1, "\(found)")
        #expect(try #require(found.first).holds("test.yaml:6:", "2 routes with a rate limit have no name"))
    }

    /// Each pool believes only what it has signed itself.
    @Test(arguments: [("a", "a", 1), ("a", "b", 0)]) func poolsOfASplitThatShareACookieAreNoted(
        one: String,
        other: String,
        count: Int
    ) throws {
        let found = try notes(
            "pools:\n  web: { backends: [\"http://h\"], sticky: { cookie: \(one) } }\n"
                + "  api: { backends: [\"http://g\"], sticky: { cookie: \(other) } }\nroutes:\n"
                + "  - { split: [{ pool: web, percent: 50 }, { pool: api, percent: 50 }] }\n"
        )
        #expect(found.count == count)
        #expect(found.allSatisfy { $0.holds("test.yaml:5:7: routes.split: ", "web and api", "cookie a") })
    }

    @Test(arguments: [
        "Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "TE", "Upgrade", "Trailer", "Host",
    ])
    func theFieldsThatFrameAMessageAreTheGateways(name: String) {
        for edit in ["set: { \(name): x }", "add: { \(name): x }", "remove: [\(name)]"] {
            let found = problems(file("{ pool: web, request_headers: { \(edit) } }"))
            #expect(found.count == 1)
            #expect(found.allSatisfy { $0.hasPrefix("test.yaml:5:") && $0.contains(name) })
            let isHost = name == "Host"
            #expect(problems(file("{ pool: web, response_headers: { \(edit) } }")).count == (isHost ? 0 : 1))
        }
    }

    @Test func aValueCannotBecomeASecondField() throws {
        #expect(problems(file("{ name: default, pool: web, concurrency_per_client: 1 }")) == [])
        let found = problems(file("{ pool: web, response_headers: { set: { X-A: \"a\\r\\nX-B: b\" } } }"))
        #expect(try #require(found.first).contains("control character"))
        #expect(problems(file("{ pool: web, request_headers: { add: { X-A: \" a\" } } }")).count == 1)
    }
}

@Suite struct RoutesTogetherTests {
    private func routes(_ lines: String...) -> String {
        "pools:\n  web: { backends: [\"http://h\"] }\nroutes:\n" + lines.map { "  - { pool: web, \($0) }\n" }.joined()
    }

    @Test(arguments: [
        ("host: a.com, path: /x", "path: /x/, host: A.COM", "has the same conditions"),
        ("methods: [GET, POST], path: /x", "methods: [POST, GET], path: /x", "has the same conditions"),
        ("methods: [GET, POST]", "methods: [GET]", "takes them all"),
        ("headers: { X-A: \"*\" }", "headers: { x-a: b }", "takes them all"),
        ("headers: { X-A: b }, query: { a: b }", "query: { a: b }, headers: { x-a: b }", "has the same"),
        ("host: [a.com, b.com]", "host: b.com", "has the same"),
        ("path: /a", "path: \"/%61\"", "has the same"), ("exact_path: \"/%65\"", "exact_path: /e", "has the same"),
        ("path: \"/%c3%a9\"", "path: \"/%C3%A9/\"", "has the same"), ("path: /", "", "has the same"),
        ("host: a.com", "host: a.com, path: /", "has the same"),
    ])
    func aRouteThatNothingReachesIsAMistake(first: String, second: String, words: String) throws {
        let found = problems(routes(first, second))
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("test.yaml:5:5: routes: ", "line 4", words))
    }

    @Test(arguments: [
        ("host: a.com", "host: b.com"), ("host: a.com", "host: [a.com, b.com]"), ("path: /x", "exact_path: /x"),
        ("path: /", "host: a.com"), ("methods: [GET]", "methods: [GET, POST]"), ("query: { a: b }", "query: { A: b }"),
        ("headers: { X-A: b }", "headers: { X-A: \"*\" }"), ("headers: { X-A: b }", "headers: { X-A: c }"),
        ("methods: [GET]", "headers: { X-A: b }"),
    ])
    func oneThatIsReachedIsNone(first: String, second: String) {
        #expect(problems(routes(first, second)) == [])
    }

    /// What it would take nobody knows, so nothing can be said of the others for it.
    @Test func aRouteWithAMistakeTakesNothingFromOthers() throws {
        let found = problems(routes("path: v1", "path: /x", "methods: [], path: /x", "name: a b"))
        #expect(found.count == 3)
        #expect(found.allSatisfy { !$0.contains("conditions") })
        // A mistake that is told once is one wherever its anchor stands.
        let text =
            "pools:\n  web: { backends: [\"http://h\"] }\nroutes:\n"
            + "  - { pool: web, path: &p v1 }\n  - { pool: web, path: *p }\n  - { pool: web }\n"
        #expect(problems(text).count == 1)
        #expect(problems(text).allSatisfy { $0.contains("slash") })
    }

    @Test func ofTwoOnOneLineTheColumnIsTold() throws {
        let text = "backends: [\"http://h\"]\nroutes: [{ name: a, pool: default }, { name: a, pool: default }]"
        let found = problems(text)
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.holds("test.yaml:2:38: ", "the route on line 2, column 10, ") })
    }

    @Test func aPathThatIsEveryPathLeavesNoRequestWithoutARoute() throws {
        #expect(try notes(routes("path: /")) == [])
    }

    @Test func namesAreGivenOnce() throws {
        #expect(try #require(problems(routes("name: a", "name: a, path: /x")).first).contains("named a too"))
    }

    @Test func aPoolThatNoRouteUsesIsNotedAndNoMistake() throws {
        let text =
            "pools:\n  web: { backends: [\"http://h\"] }\n  api: { backends: [\"http://h\"] }\nroutes: [{ pool: web }]"
        let found = try notes(text)
        #expect(found.count == 1)
        #expect(try #require(found.first).holds("test.yaml:3:3: pools.api: no route uses this pool"))
        #expect(try notes(text.replacing("{ pool: web }", with: "{ pool: web, mirror: { pool: api } }")) == [])
    }

    @Test func aMirrorOfAPoolToItselfIsNoted() throws {
        let text = "pools:\n  web: { backends: [\"http://h\"] }\nroutes:\n  - { pool: web, mirror: { pool: web } }"
        let found = try #require(notes(text).first)
        #expect(found.holds("test.yaml:4:26: routes.mirror: ", "own pool web", "twice"))
    }

    @Test func requestsWithoutARouteAreNoted() throws {
        #expect(try #require(notes(routes("path: /x")).first).holds("test.yaml:3:1: routes: ", "404"))
    }
}
