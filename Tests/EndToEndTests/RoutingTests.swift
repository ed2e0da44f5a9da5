// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Routes of a configuration file, on the real binary: who gets which bytes.
@Suite(.threads(.few)) struct RoutingTests {
    /// Runs `body` with a gateway that has these routes and a pool for each origin, called `p0`, `p1` and so on.
    private func withRoutes(
        _ routes: String,
        _ origins: [FakeOrigin],
        logFormat: String = "json",
        _ body: (GatewayProcess) throws -> Void
    ) throws {
        try withGateway(
            origins,
            { settings in
                settings.logFormat = logFormat
                settings.workers = 2
                settings.pools = origins.enumerated().map { ("p\($0)", [$1.url]) }
                settings.routes = routes
            },
            body
        )
    }

    @Test func hostsPathsMethodsFieldsAndQueriesDecide() throws {
        let origins = try (0..<5).map { _ in try FakeOrigin() }
        let routes = """
                - { pool: p0 }
                - { host: "*.example.com", pool: p1 }
                - { host: api.example.com, path: /v1, pool: p2 }
                - { path: /v1, methods: [POST], headers: { X-Canary: "1" }, query: { v: "2" }, pool: p3 }
                - { exact_path: /v1/up, respond: { status: 204 } }
                - { path: /v1, pool: p4 }
            """
        try withRoutes(routes, origins) { gateway in
            let client = try gateway.connect()
            func send(_ line: String, _ host: String = "other.org", fields: String = "") throws -> Int {
                try client.exchange("\(line) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n").status
            }
            #expect(try send("GET /0") == 200)
            #expect(try send("GET /1?a=/v1", "a.b.EXAMPLE.com:3000") == 200)
            #expect(try send("GET /v1/2", "API.example.com.") == 200)
            #expect(try send("POST /v1/3?x&v=2", fields: "x-canary: 1\r\nContent-Length: 0\r\n") == 200)
            #expect(try send("GET /v1/up") == 204)
            #expect(try send("POST /v1/4?v=2", fields: "X-Canary: 2\r\nContent-Length: 0\r\n") == 200)
            #expect(try send("GET http://api.example.com/v1/2b", "other.org") == 200)
        }
        #expect(
            origins.map { $0.requests.map(\.target) } == [
                ["/0"], ["/1?a=/v1"], ["/v1/2", "/v1/2b"], ["/v1/3?x&v=2"], ["/v1/4?v=2"],
            ]
        )
    }

    @Test func whatFitsNoRouteIs404AndInTheLog() throws {
        let origin = try FakeOrigin()
        try withRoutes("  - { host: a.example, name: only, pool: p0 }", [origin]) { gateway in
            let client = try gateway.connect()
            let answer = try client.get("/x")
            #expect(answer.status == 404)
            #expect(answer.fields["Proxy-Status"] == "curlew; error=destination_not_found")
            #expect(try client.exchange("GET /y HTTP/1.1\r\nHost: A.example\r\n\r\n").status == 200)
            let lines = try gateway.log.wait(for: "two responses", count: 2) { $0.contains("\"RESPONSE\"") }
            let records = try lines.map { try JSONValue($0) }
            #expect(records[0]["status"]?.number == 404 && records[0]["pool"] == .null && records[0]["route"] == nil)
            #expect(records[1]["status"]?.number == 200 && records[1]["route"] == .string("only"))
            let errors = gateway.log.lines.filter { $0.contains("\"ERROR\"") }
            #expect(errors.count == 1 && errors[0].contains("\"error\":\"no route matches the request\""))
        }
    }

    @Test func aProtectedPathIsNotGotRound() throws {
        let origin = try FakeOrigin()
        let routes = """
                - { path: /admin, respond: { status: 403, body: "no\\n" } }
                - { pool: p0 }
            """
        let spellings = [
            "/admin", "/%61dmin", "/admin/", "/admin/%2e", "/admin?x", "//admin", "/x/../admin", "/./admin",
            "/%2e/admin",
            "/x/%2E%2e/admin", "/%2Fadmin", "/admin%2Fx", "/admin;x", "/;/admin", "/\\admin", "/x/..;/admin",
            "/x%5C..%5cadmin",
            "/%", "/admin%00", "http://x//admin", "http://x/%61dmin", "http://x/../admin",
        ]
        try withRoutes(routes, [origin]) { gateway in
            for target in spellings {
                let status = try gateway.get(target).status
                #expect(status == 403 || status == 400, "\(target): \(status)")
            }
            #expect(origin.requests.isEmpty)
            for target in ["/", "/x//y", "/a%2Fb", "/a;b", "/caf%C3%A9", "/administrator"] {
                #expect(try gateway.get(target).status == 200, "\(target)")
            }
        }
        #expect(origin.requests.map(\.target) == ["/", "/x//y", "/a%2Fb", "/a;b", "/caf%C3%A9", "/administrator"])
    }

    @Test func redirectsAndAnswersAreExact() throws {
        let routes = """
                - { path: /old, replace_prefix: { from: /old, to: /new }, redirect: { to: "https://{host}{path}{query}" } }
                - { path: /moved, redirect: { to: "{path}{query}", status: 302 } }
                - { exact_path: /healthz, respond: { body: "ok\\n" } }
                - { path: /json, respond: { status: 410, body: "{}", content_type: application/json, headers: { X-A: b } } }
            """
        try withRoutes(routes, [try FakeOrigin()]) { gateway in
            let client = try gateway.connect()
            let head = "HTTP/1.1 200 OK|Date: #|Content-Type: text/plain; charset=utf-8|Content-Length: 3||"
            for (request, answer) in [
                (
                    "GET /old/x%20y?q={a}",
                    "HTTP/1.1 308 Permanent Redirect|Date: #|Content-Length: 0|Location: https://h/new/x%20y?q={a}||"
                ),
                ("GET /moved?", "HTTP/1.1 302 Found|Date: #|Content-Length: 0|Location: /moved?||"),
                ("GET /healthz", head + "ok\n"), ("HEAD /healthz", head),
                (
                    "GET /json/1",
                    "HTTP/1.1 410 Gone|Date: #|Content-Type: application/json|X-A: b|Content-Length: 2||{}"
                ),
            ] {
                let response = try client.exchange("\(request) HTTP/1.1\r\nHost: h:3000\r\n\r\n")
                #expect(exact(response) == answer)
            }
        }
    }

    @Test func prefixesAndFieldsAreChanged() throws {
        let origin = try FakeOrigin { _ in .text("hi", fields: [("Server", "s"), ("X-Old", "1")]) }
        let routes = """
              - path: /v1
                pool: p0
                strip_prefix: /v1
                request_headers: { set: { X-Env: prod, X-Forwarded-Proto: https }, add: { X-Tag: "{client_ip}" }, remove: [X-Debug] }
                response_headers: { set: { X-Old: "2" }, add: { X-New: "3" }, remove: [Server] }
              - { path: /v2, pool: p0, replace_prefix: { from: /v2, to: /api } }
            """
        try withRoutes(routes, [origin]) { gateway in
            let client = try gateway.connect()
            let fields = "X-Env: dev\r\nX-Debug: 1\r\nX-Forwarded-Prefix: /evil\r\nX-Tag: t\r\n"
            let answer = try client.exchange("GET /v1/a?b HTTP/1.1\r\nHost: h\r\n\(fields)\r\n")
            #expect(
                exact(answer) == "HTTP/1.1 200 OK|Content-Length: 2|Date: #|Via: 1.1 curlew|X-Old: 2|X-New: 3||hi"
            )
            #expect(try client.get("/v2?b").status == 200)
        }
        let seen = origin.requests
        #expect(
            seen[0].headText.replacing(seen[0].fields["X-Request-Id"] ?? "", with: "#").replacing("\r\n", with: "|")
                == """
                GET /a?b HTTP/1.1|Host: h|X-Tag: t|X-Forwarded-For: 127.0.0.1|X-Forwarded-Host: h|X-Forwarded-Prefix: /v1|\
                X-Request-Id: #|Via: 1.1 curlew|X-Env: prod|X-Forwarded-Proto: https|X-Tag: 127.0.0.1|X-Curlew: HTTP/1.1||
                """
        )
        #expect(seen[1].target == "/api?b")
        #expect(seen[1].fields["X-Forwarded-Prefix"] == "/v2")
    }

    @Test func splitsFollowTheirShares() throws {
        let origins = [try FakeOrigin(), try FakeOrigin()]
        try withRoutes("  - { split: [{ pool: p0, percent: 80 }, { pool: p1, percent: 20 }] }", origins) { gateway in
            let clients = try (0..<4).map { _ in try gateway.connect() }
            for index in 0..<1000 { #expect(try clients[index % 4].get("/").status == 200) }
        }
        // Six standard deviations of 12.6 on either side.
        #expect(abs(origins[1].requests.count - 200) < 76, "\(origins[1].requests.count)")
        #expect(origins[0].requests.count + origins[1].requests.count == 1000)
    }

    @Test func routesHaveTheirOwnTimesAndLimits() throws {
        let silent = try StubbornOrigin.neverAnswering()
        let routes = """
                - { path: /quick, pool: p0, timeouts: { first_byte: 100ms }, retry: { attempts: 1 }, limits: { body_bytes: 4 } }
                - { pool: p0 }
            """
        try withRoutes(routes, [silent], logFormat: "text") { gateway in
            let answer = try gateway.get("/quick")
            #expect(answer.status == 504)
            let large = "POST /quick HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde"
            let refusal = try gateway.connect().exchange(large)
            #expect(refusal.status == 413)
            _ = try gateway.log.wait(for: "the reason") { $0.contains("no response within 100ms") }
        }
    }

    private func exact(_ response: ReceivedResponse) -> String {
        let lines = response.headText.split(separator: "\r\n", omittingEmptySubsequences: false)
        return lines.map { $0.hasPrefix("Date: ") ? "Date: #" : String($0) }.joined(separator: "|") + response.text
    }
}
