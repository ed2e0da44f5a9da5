// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What the admin listener of the real binary says would become of a request.
@Suite(.threads(.few)) struct AdminExplainTests {
    private static let json = ["Content-Type: application/json"]
    // Of `secret`.
    private static let hash =
        "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1"

    private func explain(_ admin: AdminClient, _ target: String = "/", _ headers: [String] = []) throws -> JSONValue {
        try JSONValue(try ask(admin, target, headers).text)
    }

    private func text(_ admin: AdminClient, _ target: String = "/") throws -> String {
        let answer = try ask(admin, target, fields: Self.json + ["Accept: text/plain"])
        #expect(answer.fields["Content-Type"] == "text/plain; charset=utf-8")
        return answer.text
    }

    private func ask(
        _ admin: AdminClient,
        _ target: String,
        _ headers: [String] = [],
        fields: [String] = json
    ) throws -> ReceivedResponse {
        let list = headers.map { "\"\($0)\"" }.joined(separator: ",")
        let body = #"{"method":"GET","url":"http://test.example\#(target)","headers":[\#(list)]}"#
        let answer = try admin.write("POST", "/v1/explain", body, fields: fields)
        guard answer.status == 200 else { throw KitError.process(answer.text) }
        return answer
    }

    private func backends(_ explanation: JSONValue) -> [JSONValue] {
        explanation["forwarding"]?["destinations"]?.list.first?["backends"]?.list ?? []
    }

    // MARK: State

    @Test func aBackendThatIsDisabledIsSaidToBe() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins, { $0.poolMembers = ["strategy: ip_hash"] }) { gateway, admin in
            let usual = try explain(admin).order
            #expect(Set(usual) == Set(origins.map(\.url)))
            let first = try #require(origins.firstIndex { $0.url == usual[0] })
            let path = try admin.backends()[first]
            #expect(try admin.write("PATCH", path, #"{"enabled": false}"#).status == 200)
            let explanation = try explain(admin)
            let backend = backends(explanation)[first]
            #expect(backend["enabled"]?.bool == false && backend["available"]?.bool == false)
            #expect(backend["state"]?.string == "healthy")
            #expect(path.hasSuffix(try #require(backend["id"]?.string)))
            #expect(explanation.order == [usual[1]])
            #expect(try text(admin).contains("- \(usual[0]) (disabled, 0 in flight)"))
            #expect(try gateway.get().text == (first == 0 ? "b" : "a"))
            #expect(try admin.write("PATCH", path, #"{"enabled": true}"#).status == 200)
            #expect(try explain(admin).order == usual)
        }
    }

    @Test func oneThatDrainsIsSaidTo() throws {
        let gate = Gate()
        let origin = try FakeOrigin { _ in .text("slow", gate: gate) }
        try withAdmin([origin]) { gateway, admin in
            defer { gate.open() }
            let client = try gateway.connect()
            try client.send(request())
            try origin.waitForRequest()
            #expect(try admin.write("PATCH", admin.backends()[0], #"{"enabled": false}"#).status == 200)
            let told = try text(admin)
            #expect(told.contains("- \(origin.url) (disabled, draining, 1 in flight)"))
            #expect(told.contains("RESULT     refused with 503"))
            gate.open()
            #expect(try client.response().status == 200)
        }
    }

    @Test func oneThatIsDownIsSaidToBeAndWhy() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins) { gateway, admin in
            origins[0].stop()
            for _ in 0..<2 { #expect(try gateway.get().text == "b") }
            let explanation = try explain(admin)
            let down = backends(explanation)[0]
            #expect(down["state"]?.string == "unhealthy" && down["reason"]?.string == "Connection refused")
            #expect(down["available"]?.bool == false && down["enabled"]?.bool == true)
            // Nobody else is left, so that it is no matter of whose turn it is.
            #expect(explanation.order == [origins[1].url])
            #expect(explanation["forwarding"]?["destinations"]?.list.first?["state_known"]?.bool == true)
            #expect(try text(admin).contains("- \(origins[0].url) (unhealthy: Connection refused, 0"))
        }
    }

    @Test func whatOperatorsHaveChangedCounts() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins, { $0.backends = [origins[0].url] }) { _, admin in
            #expect(try admin.write("PATCH", admin.backends()[0], #"{"weight": 7}"#).status == 200)
            let body = #"{"url": "\#(origins[1].url)", "backup": true}"#
            #expect(try admin.write("POST", "/v1/pools/web/backends", body).status == 201)
            let changed = backends(try explain(admin))
            #expect(changed.map { $0["weight"]?.number } == [7, 1])
            #expect(changed.map { $0["backup"]?.bool } == [false, true])
            #expect(try admin.write("DELETE", "/v1/overrides").status == 200)
            #expect(backends(try explain(admin)).map { $0["weight"]?.number } == [1])
        }
    }

    @Test func aReloadCountsToo() throws {
        try withAdmin(try namedOrigins("a")) { gateway, admin in
            #expect(try explain(admin)["result"]?["kind"]?.string == "forwarded")
            try gateway.reload { $0.route = ["access: { deny: [127.0.0.0/8] }"] }
            let explanation = try explain(admin)
            #expect(explanation["result"]?["status"]?.number == 403)
            #expect(explanation["admission"]?["access"]?["network"]?.string == "127.0.0.0/8")
        }
    }

    // MARK: No trace

    private func counters(_ admin: AdminClient) throws -> [String: Double] {
        try admin.metrics().filter { $0.key.contains("_total") && !$0.key.hasPrefix("process_") }
    }

    @Test func nothingIsSentCountedOrLogged() throws {
        let origins = try namedOrigins("a", "b", "c")
        let settings: (inout GatewaySettings) -> Void = { settings in
            settings.route = ["rate_limit: { requests: 3, per: 1h }", "concurrency_per_client: 1"]
        }
        try withAdmin(origins, settings) { gateway, admin in
            #expect(try gateway.get().text == "a")
            try admin.waitForMetrics("it to be counted") { metrics in
                metrics.filter { $0.key.hasPrefix("curlew_backend_attempts_total") }.values.reduce(0, +) == 1
                    && metrics["curlew_request_duration_seconds_count{pool=\"web\"}"] == 1
            }
            try gateway.log.wait(for: "its record") { $0.hasPrefix("RESPONSE:") }
            let before = try counters(admin)
            let (requests, pings) = (origins.map(\.requests.count), origins.map(\.pings))
            let lines = gateway.log.lines.count
            for _ in 0..<20 {
                let explanation = try explain(admin)
                #expect(explanation["result"]?["kind"]?.string == "forwarded")
                #expect(explanation["admission"]?["rate_limits"]?.list.first?["remaining"]?.number == 2)
                #expect(explanation["admission"]?["concurrency_now"]?.number == 0)
            }
            #expect(try counters(admin) == before)
            #expect(origins.map(\.requests.count) == requests)
            #expect(origins.map(\.pings) == pings)
            #expect(gateway.log.lines.count == lines)
            // Nobody's turn has been taken, and nothing of the limit.
            #expect(try gateway.get().text == "b")
            #expect(try gateway.get().text == "c")
            let refused = try explain(admin)
            #expect(refused["result"]?["status"]?.number == 429)
            #expect(refused["result"]?["stage"]?.string == "rate_limit")
            #expect(try gateway.get().status == 429)
        }
    }

    @Test func noSecretAppears() throws {
        let settings: (inout GatewaySettings) -> Void = { settings in
            settings.route = [
                "basic_auth: { users: { admin: \"\(Self.hash)\" } }",
                "request_headers: { set: { Authorization: Bearer inner-token, X-Env: prod } }",
            ]
        }
        try withAdmin(try namedOrigins("a"), settings) { gateway, admin in
            let right = try ask(admin, "/", ["Authorization: Basic YWRtaW46c2VjcmV0"]).text
            #expect(try JSONValue(right)["admission"]?["basic_auth"]?["credentials"]?.string == "right")
            let wrong = try ask(admin, "/", ["Authorization: Basic YWRtaW46d3Jvbmc="]).text
            #expect(try JSONValue(wrong)["result"]?["status"]?.number == 401)
            #expect(right.contains("prod") && right.contains("***"))
            for said in [right, wrong, gateway.log.lines.joined()] {
                for secret in ["YWRtaW4", "secret", "wrong=", "inner-token", "$6$"] { #expect(!said.contains(secret)) }
            }
        }
    }

    @Test func aSlowPasswordKeepsOnlyThoseWaitingWhoAskTheSame() throws {
        // A quarter of a second of bcrypt where nothing else runs.
        let slow = "$2y$12$abcdefghijklmnopqrstuu5IFlCbs8aCe8bTUJ4Z7LZXX7Vk3XQ8e"
        try withAdmin(try namedOrigins("a"), { $0.route = ["basic_auth: { users: { admin: \"\(slow)\" } }"] }) {
            _,
            admin in
            let ended = Monitor<ContinuousClock.Instant?>(nil)
            let asking = BackgroundThread {
                for _ in 0..<2 {
                    let explanation = try? explain(admin, "/", ["Authorization: Basic YWRtaW46d3Jvbmc="])
                    #expect(explanation?["admission"]?["basic_auth"]?["credentials"]?.string == "wrong")
                }
                ended.change { $0 = .now }
            }
            var answers = 0
            while ended.read({ $0 }) == nil {
                #expect(try admin.get("/live").status == 200)
                answers += 1
            }
            try asking.join(until: .after(seconds: 60))
            #expect(answers > 20)
        }
    }

    // MARK: Form

    @Test func itIsWhatTheCommandSaysBesideWhatOnlyAGatewayKnows() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins, { $0.poolMembers = ["strategy: ip_hash"] }) { gateway, admin in
            let headers = ["X-A: 1", "Content-Length: 3"]
            let told = try ExplainedRequest("GET", "/x?y", ["X-A: 1"], body: "abc").explained(by: gateway)
            let asked = try explain(admin, "/x?y", headers)
            for member in ["schema", "request", "client", "result", "route", "passed_over"] {
                #expect(asked[member] == told[member], "\(member)")
            }
            #expect(asked["forwarding"]?["request_headers"] == told["forwarding"]?["request_headers"])
            #expect(asked.order == told.order)
        }
    }

    @Test func whatIsNoRequestIsRefusedWithItsName() throws {
        let cases = [
            ("{", 400, "JSON"), ("[]", 400, "object"), ("", 400, "JSON"), (#"{"method":"GET"}"#, 422, "url"),
            (#"{"method":"GET","url":"ftp://a/"}"#, 422, "url: "),
            (#"{"method":"GET","url":"/","headers":["X"]}"#, 422, "headers[0]: "),
            (#"{"method":"GET","url":"/","from":"127.0.0.1:80"}"#, 422, "from: "),
            (#"{"method":"GET","url":"/","body":"x"}"#, 422, "\"body\""),
        ]
        try withAdmin(try namedOrigins("a")) { _, admin in
            for (body, status, words) in cases {
                let answer = try admin.write("POST", "/v1/explain", body)
                #expect(answer.status == status)
                #expect(answer.fields["Content-Type"] == "application/problem+json")
                #expect(try JSONValue(answer.text)["detail"]?.string?.contains(words) == true, "\(answer.text)")
            }
            #expect(try admin.get("/v1/explain").status == 405)
        }
    }

    @Test func aHeaderOfAnyLengthHasAnAnswer() throws {
        try withAdmin(try namedOrigins("a")) { _, admin in
            let long = try explain(admin, "/", ["X: " + String(repeating: "a", count: 900_000)])
            #expect(long["result"]?["status"]?.number == 431)
            let body = #"{"method":"GET","url":"/","headers":["X: \#(String(repeating: "a", count: 1 << 20))"]}"#
            #expect(try admin.write("POST", "/v1/explain", body).status == 413)
        }
    }
}
