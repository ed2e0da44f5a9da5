// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What `curlew explain` says is what happens: the same requests are explained, and then sent to a gateway that runs.
@Suite(.threads(.few)) struct ExplainTruthTests {
    private static let routes = """
            - { name: canary, host: api.example.com, path: /v1, headers: { X-Canary: "1" }, pool: p0 }
            - name: api
              host: "*.example.com"
              path: /v1
              pool: p1
              strip_prefix: /v1
              request_headers: { set: { X-Env: "prod {client_ip} {host}", X-Id: "{request_id}" }, add: { X-Tag: b }, remove: [X-Debug] }
              response_headers: { set: { X-Answer: "yes" }, remove: [Server] }
            - { path: /api, replace_prefix: { from: /api, to: /v2/api }, pool: p0 }
            - { path: /only, methods: [PUT, DELETE], query: { v: "2" }, pool: p1 }
            - { exact_path: /up, respond: { status: 207, body: "ok" } }
            - { path: /old, redirect: { to: "https://{host}/new{path}{query}", status: 301 } }
            - { path: /secret, pool: p1, access: { deny: [127.0.0.5] }, basic_auth: { users: { admin: "\(hash)" } } }
            - { path: /small, pool: p1, limits: { body_bytes: 3 } }
            - { methods: [GET, HEAD, POST, PUT, PATCH, OPTIONS, TRACE], pool: p0 }
        """

    // Of `secret`.
    private static let hash =
        "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1"

    private static let requests: [ExplainedRequest] = [
        .init("/"), .init("/a/b?c=d&e"), .init("GET", "/v1/x?y", host: "api.example.com"),
        .init("GET", "/v1", host: "API.example.com:80", ["X-Canary: 1"]),
        .init("GET", "/v1", host: "api.example.com", ["X-Canary: 2", "X-Debug: 1", "x-tag: a", "X-Env: mine"]),
        .init(
            "POST",
            "/v1/form",
            host: "a.b.example.com",
            ["Connection: close, X-Hop", "X-Hop: 1", "TE: trailers"],
            body: "abc"
        ),
        .init("GET", "/api/users?id=%201", ["Cookie: a=b; c=d", "Cookie: e=f", "Authorization: Bearer x"]),
        .init("GET", "/apix"), .init("PUT", "/only?a=b&v=2", body: "x"), .init("PUT", "/only?v=3", body: "x"),
        .init("PATCH", "/only?v=2", body: "x"), .init("GET", "/up"), .init("GET", "/%75p"), .init("GET", "/up/"),
        .init("GET", "/old/a?b=c"), .init("GET", "/none", host: "other.example"), .init("LINK", "/none"),
        .init("GET", "/secret"), .init("GET", "/secret", ["Authorization: Basic YWRtaW46d3Jvbmc="]),
        .init("GET", "/secret", ["Authorization: Basic YWRtaW46c2VjcmV0"]),
        .init("GET", "/secret", ["Authorization: Basic YWRtaW46c2VjcmV0"], from: "127.0.0.5"),
        .init("POST", "/small", body: "abc"), .init("POST", "/small", body: "abcd"), .init("HEAD", "/small", body: "a"),
        .init("GET", "/a/../up"), .init("GET", "/up%zz"), .init("GET", "/v1//x;y"), .init("GET", "/", ["Bad Name: 1"]),
        .init("GET", "/", ["Content-Length: 1", "Content-Length: 2"]), .init("OPTIONS", "/", ["Max-Forwards: 0"]),
        .init("TRACE", "/", ["Max-Forwards: 3"]), .init("GET", "/", ["Expect: something", "Content-Length: 1"]),
        .init(
            "GET",
            "/",
            ["X-Forwarded-For: 203.0.113.9, 10.0.0.1", "X-Forwarded-Proto: https", "X-Real-IP: 1.2.3.4"],
            from: "127.0.0.9"
        ),
        .init(
            "GET",
            "/",
            ["X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "Forwarded: for=1.1.1.1", "Via: 1.0 x"]
        ),
        .init("GET", "/", ["X_Forwarded_For: 1.2.3.4", "Proxy: http://evil", "X-Request-Id: mine", "X-Curlew: 1"]),
    ]

    @Test func whatIsExplainedIsWhatHappens() throws {
        let origins = try (0..<2).map { _ in
            try FakeOrigin { _ in OriginResponse.text("hello", fields: [("Server", "origin")]) }
        }
        try withGateway(origins) { settings in
            settings.pools = origins.enumerated().map { ("p\($0)", [$1.url]) }
            settings.routes = Self.routes
            settings.trustedProxies = ["127.0.0.9", "10.0.0.0/8"]
        } _: { gateway in
            for request in Self.requests {
                let before = origins.map { $0.requests.count }
                let explanation = try request.explained(by: gateway)
                let response = try request.sent(to: gateway)
                let reached = origins.indices.filter { origins[$0].requests.count > before[$0] }
                let result = try #require(explanation["result"])
                guard result["kind"]?.string == "forwarded" else {
                    #expect(reached == [], "\(request)")
                    #expect(result["status"]?.number == Double(response.status), "\(request)")
                    #expect(explanation["answer"]?["location"]?.string == response.fields["Location"], "\(request)")
                    if let token = result["proxy_status"]?.string {
                        #expect(response.fields["Proxy-Status"]?.contains("error=\(token)") == true, "\(request)")
                    }
                    continue
                }
                #expect(reached.map { origins[$0].url } == explanation.order, "\(request)")
                let origin = origins[try #require(reached.first)]
                try check(request, explanation, try origin.waitForRequest(origin.requests.count), response)
            }
        }
    }

    private func check(
        _ request: ExplainedRequest,
        _ explanation: JSONValue,
        _ received: ReceivedRequest,
        _ response: ReceivedResponse
    ) throws {
        let forwarding = try #require(explanation["forwarding"])
        #expect(forwarding["target"]?.string == request.target, "\(request)")
        #expect(forwarding["backend_target"]?.string == received.target, "\(request)")
        let id = try #require(received.fields["X-Request-Id"])
        let expected = request.fields(with: forwarding["request_headers"]?.list ?? [])
            .mapValues { $0.replacing("{request_id}", with: id) }
        #expect(ExplainedRequest.fields(of: received) == expected, "\(request)")
        var fields = ["server": "origin"]
        for edit in forwarding["response_headers"]?.list ?? [] {
            fields[edit["name"]?.string?.lowercased() ?? ""] = edit["value"]?.string
        }
        #expect(response.fields["Server"] == fields["server"], "\(request)")
        #expect(response.fields["X-Answer"] == fields["x-answer"], "\(request)")
    }

    @Test(arguments: ["ip_hash", "consistent_hash"])
    func theBackendOfAKeyIsTheOneThatIsTold(strategy: String) throws {
        let origins = try (0..<4).map { _ in try FakeOrigin() }
        try withGateway(origins) { settings in
            settings.strategies = ["web": strategy]
            settings.pools = [("web", origins.map(\.url))]
            if strategy == "consistent_hash" { settings.poolMembers = ["hash: { header: X-User }"] }
            settings.backendMembers = ["weight: 2"]
        } _: { gateway in
            for number in 1...12 {
                let request = ExplainedRequest("GET", "/\(number)", ["X-User: \(number)"], from: "127.0.0.\(number)")
                let order = try request.explained(by: gateway).order
                #expect(Set(order) == Set(origins.map(\.url)))
                _ = try request.sent(to: gateway)
                let reached = origins.first { $0.requests.contains { $0.target == request.target } }
                #expect(reached?.url == order.first)
            }
        }
    }

    @Test func theNextBackendIsTheOneThatIsTold() throws {
        let origins = try (0..<3).map { _ in try FakeOrigin() }
        try withGateway(origins) { settings in
            settings.strategies = ["web": "ip_hash"]
            settings.pools = [("web", origins.map(\.url))]
        } _: { gateway in
            let request = ExplainedRequest("/")
            let order = try request.explained(by: gateway).order
            for (place, url) in order.enumerated() {
                #expect(try request.sent(to: gateway).status == 200)
                let origin = try #require(origins.first { $0.url == url })
                #expect(origin.requests.count == 1, "\(place)")
                // The next request finds it dead, and goes on to the one behind it.
                origin.stop()
            }
        }
    }

    @Test func theBackendOfACookieIsTheOneThatIsTold() throws {
        let origins = try (0..<3).map { _ in try FakeOrigin() }
        try withGateway(origins) { settings in
            settings.poolMembers = ["sticky: { cookie: seat, secret: 0123456789abcdef0123456789abcdef }"]
        } _: { gateway in
            for number in 0..<3 {
                var request = ExplainedRequest("/first\(number)")
                #expect(try request.explained(by: gateway).order == [])
                let answer = try request.sent(to: gateway)
                let cookie = try #require(answer.fields["Set-Cookie"]?.prefix { $0 != ";" })
                request.target = "/second\(number)"
                request.fields = ["Cookie: other=1; \(cookie)"]
                let explanation = try request.explained(by: gateway)
                _ = try request.sent(to: gateway)
                let reached = origins.first { $0.requests.contains { $0.target == request.target } }
                #expect(explanation.order == [try #require(reached).url])
                let changes = explanation["forwarding"]?["request_headers"]?.list ?? []
                #expect(changes.first { $0["name"]?.string == "Cookie" }?["after"]?.string == "other=1")
            }
        }
    }
}
