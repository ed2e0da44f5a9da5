// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Testing

/// What `/metrics` says after requests whose fate is known.
@Suite(.threads(.few)) struct MetricsTests {
    @Test func requestsAreCountedByPoolMethodAndStatus() throws {
        let origin = try FakeOrigin { request in
            request.target == "/missing" ? .text("no", status: 404) : .text("hello")
        }
        try withAdmin([origin], { $0.workers = 2 }) { gateway, admin in
            for _ in 0..<20 { #expect(try gateway.get().status == 200) }
            #expect(try gateway.get("/missing").status == 404)
            #expect(try gateway.connect().exchange(request("POST", body: "12345")).status == 200)
            let metrics = try admin.waitForMetrics("22 requests") {
                $0["curlew_request_duration_seconds_count{pool=\"web\"}"] == 22
            }
            #expect(metrics["curlew_requests_total{pool=\"web\",method=\"GET\",code=\"2xx\"}"] == 20)
            #expect(metrics["curlew_requests_total{pool=\"web\",method=\"GET\",code=\"4xx\"}"] == 1)
            #expect(metrics["curlew_requests_total{pool=\"web\",method=\"POST\",code=\"2xx\"}"] == 1)
            #expect(metrics["curlew_request_body_bytes_total{pool=\"web\"}"] == 5)
            #expect(metrics["curlew_response_body_bytes_total{pool=\"web\"}"] == 107)
            #expect(metrics["curlew_client_connections_accepted_total"] == 22)
            let backend = "pool=\"web\",backend=\"\(origin.url)\""
            #expect(metrics["curlew_backend_attempts_total{\(backend)}"] == 22)
            #expect(metrics["curlew_backend_responses_total{\(backend),code=\"2xx\"}"] == 21)
            #expect(metrics["curlew_backend_responses_total{\(backend),code=\"4xx\"}"] == 1)
            #expect(metrics["curlew_backend_first_byte_seconds_bucket{\(backend),le=\"+Inf\"}"] == 22)
            #expect(metrics["curlew_backend_sent_body_bytes_total{\(backend)}"] == 5)
            #expect(metrics["curlew_backend_up{\(backend)}"] == 1)
            let opened = try #require(metrics["curlew_backend_connections_opened_total{\(backend)}"])
            #expect((1...2).contains(opened))
            #expect(metrics["curlew_backend_connect_seconds_count{\(backend)}"] == opened)
        }
    }

    @Test func failuresRetriesAndHealthAreCountedWhereTheyBelong() throws {
        let origins = try namedOrigins("a", "b")
        try withAdmin(origins) { gateway, admin in
            origins[0].refuse()
            for _ in 0..<4 { #expect(try gateway.get().text == "b") }
            let metrics = try admin.waitForMetrics("4 requests") {
                $0["curlew_request_duration_seconds_count{pool=\"web\"}"] == 4
            }
            let (a, b) = ("pool=\"web\",backend=\"\(origins[0].url)\"", "pool=\"web\",backend=\"\(origins[1].url)\"")
            #expect(metrics["curlew_retries_total{pool=\"web\"}"] == 1)
            #expect(metrics["curlew_backend_errors_total{\(a),reason=\"connection_refused\"}"] == 1)
            #expect(metrics["curlew_backend_failures_total{\(a)}"] == 1)
            #expect(metrics["curlew_backend_attempts_total{\(a)}"] == 1)
            #expect(metrics["curlew_backend_attempts_total{\(b)}"] == 4)
            #expect(metrics["curlew_backend_up{\(a)}"] == 0)
            #expect(metrics["curlew_backend_transitions_total{\(a),to=\"down\"}"] == 1)
            #expect(metrics["curlew_backend_transitions_total{\(a),to=\"up\"}"] == 1)
            // The client has noticed nothing.
            #expect(!metrics.keys.contains { $0.hasPrefix("curlew_request_errors_total{pool=\"web\"") })
            origins[1].stop()
            #expect(try gateway.get().status >= 502)
            #expect(try gateway.get().status == 503)
            try admin.waitForMetrics("a failure and a 503") {
                $0["curlew_request_errors_total{pool=\"web\",reason=\"destination_unavailable\"}"] ?? 0 >= 1
                    && $0["curlew_requests_total{pool=\"web\",method=\"GET\",code=\"5xx\"}"] == 2
                    && $0["curlew_ready"] == 0 && $0["curlew_backend_up{\(b)}"] == 0
            }
        }
    }

    @Test func whatIsRefusedCountsAsItsMethodIfThatIsKnown() throws {
        try withAdmin(try namedOrigins("a")) { gateway, admin in
            for head in [
                "GET / HTTP/2.0", "GET / HTTP/1.1\r\nBad Name: x", "HEAD / HTTP/1.1\r\n : x",
                "POST /\(String(repeating: "x", count: 20_000)) HTTP/1.1", "G@T / HTTP/1.1",
            ] {
                let client = try gateway.connect()
                try client.send("\(head)\r\n\r\n")
                #expect((400...505).contains(try client.head().status))
            }
            let metrics = try admin.waitForMetrics("5 requests") { metrics in
                metrics.filter { $0.key.hasPrefix("curlew_requests_total{pool=\"\"") }.values.reduce(0, +) == 5
            }
            let count = { (method: String) in
                metrics.filter { $0.key.hasPrefix("curlew_requests_total{pool=\"\",method=\"\(method)\"") }.values
                    .reduce(0, +)
            }
            #expect(["GET", "HEAD", "POST", "other"].map(count) == [2, 1, 1, 1], "\(metrics)")
        }
    }

    @Test func whatClientsSendMakesNoSeries() throws {
        try withAdmin(try namedOrigins("a"), { $0.routes = "  - { path: /a, pool: web }" }) { gateway, admin in
            func series() throws -> Set<String> { Set(try admin.metrics().keys) }
            let send = { (number: Int) in
                for line in [
                    "BREW\(number) /a\(number)?x=\(number)", "GET /a/\(number)", "GET /nothing\(number)",
                    "\u{1}\(number)",
                ] {
                    let client = try gateway.connect()
                    try client.send("\(line) HTTP/1.1\r\nHost: host\(number).example\r\nUser-Agent: \(number)\r\n\r\n")
                    _ = try client.response()
                }
            }
            try send(0)
            try admin.waitForMetrics("the first four") {
                $0["curlew_request_errors_total{pool=\"\",reason=\"http_request_error\"}"] == 1
            }
            let before = try series()
            for number in 1...50 { try send(number) }
            try admin.waitForMetrics("all") {
                $0["curlew_request_errors_total{pool=\"\",reason=\"http_request_error\"}"] == 51
            }
            #expect(try series() == before)
            #expect(before.contains("curlew_request_errors_total{pool=\"\",reason=\"destination_not_found\"}"))
        }
    }

    @Test func countersSurviveAReloadAndSeriesOfRemovedBackendsGo() throws {
        let gate = Gate()
        let origins = [try FakeOrigin("a"), try FakeOrigin { .text("b", gate: $0.target == "/slow" ? gate : nil) }]
        try withAdmin(origins) { gateway, admin in
            // Their turns: a, b, a, b, a.
            for _ in 0..<5 { #expect(try gateway.get().status == 200) }
            let slow = try gateway.connect()
            try slow.send(request("GET", "/slow"))
            let (a, b) = ("pool=\"web\",backend=\"\(origins[0].url)\"", "pool=\"web\",backend=\"\(origins[1].url)\"")
            try admin.waitForMetrics("the slow one") { $0["curlew_requests_in_flight{pool=\"web\"}"] == 1 }
            let before = try admin.metrics()
            let url = origins[0].url
            try gateway.reload { $0.backends = [url] }
            let after = try admin.waitForMetrics("the reload") { $0["curlew_configurations_total"] == 2 }
            #expect(after["curlew_backend_attempts_total{\(a)}"] == before["curlew_backend_attempts_total{\(a)}"])
            #expect(after["curlew_backend_requests_in_flight{\(b)}"] == 1)
            #expect(after["curlew_backend_up{\(b)}"] == 0)
            gate.open()
            #expect(try slow.response().status == 200)
            try admin.waitForMetrics("the series to go, and the request to be counted") {
                !$0.keys.contains { $0.contains(b) }
                    && $0["curlew_request_duration_seconds_count{pool=\"web\"}"] == 6
            }
        }
    }

    @Test func promtoolHasNothingToSayAndBothFormatsAreOffered() throws {
        try withAdmin(try namedOrigins("a")) { gateway, admin in
            #expect(try gateway.get().status == 200)
            let plain = try admin.get("/metrics")
            #expect(plain.fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let folder = try TemporaryFolder()
            let file = try folder.write(plain.text, to: "metrics")
            let tool = try ChildProcess(
                ["/bin/sh", "-c", "promtool check metrics <\(file)"],
                environment: ["PATH": "/usr/bin:/bin"]
            )
            #expect(try tool.waitForExit() == .status(0), "\(tool.standardError.lines)")
            #expect(tool.standardError.lines + tool.standardOutput.lines == [])
            let open = try admin.get(
                "/metrics",
                fields: ["Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5"]
            )
            #expect(open.fields["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(open.text.hasSuffix("\n# EOF\n"))
            #expect(!plain.text.contains("# EOF"))
        }
    }

    @Test func everyMetricThatIsServedIsOnThePageAndTheOtherWayRound() throws {
        try withAdmin(try namedOrigins("a")) { _, admin in
            let served = try admin.get("/metrics").text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
                .map { "| `" + $0.split(separator: " ")[2] + "` | " + $0.split(separator: " ")[3] + " |" }
            let page = try String(contentsOfFile: "Sources/Gateway/Gateway.docc/Metrics.md", encoding: .utf8)
            let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `curlew_") || $0.hasPrefix("| `process_") }
            #expect(rows.count == served.count)
            for (row, name) in zip(rows, served) { #expect(row.hasPrefix(name), "\(name)") }
        }
    }
}
