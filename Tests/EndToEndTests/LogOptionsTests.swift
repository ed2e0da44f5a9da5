// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// What of requests is logged, and how, beyond the defaults.
@Suite(.threads(.few)) struct LogOptionsTests {
    @Test func combinedIsOneLineForEachRequestAndRotates() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("access.log")
        let adjust: (inout GatewaySettings) -> Void = {
            $0.logFormat = "combined"
            $0.log = ["output: \(path)", "redact: { query: [key] }"]
            $0.environment["TZ"] = "UTC-02:00"
        }
        try withGateway([try FakeOrigin()], adjust) { gateway in
            let fields = ["User-Agent: a\"b", "Referer: http://x/?key=1&b=2", "Authorization: Basic YWRhOnNlY3JldA=="]
            _ = try gateway.connect().exchange(request("GET", "/a?key=secret", fields: fields))
            let pattern = #/127\.0\.0\.1 - ada \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0200\] "(.*)" 200 5 "(.*)" "(.*)"/#
            let line = try firstLine(path)
            let match = try #require(line.wholeMatch(of: pattern), "\(line)")
            #expect(match.1 == "GET /a?key=*** HTTP/1.1")
            #expect(match.2 == "http://x/?key=***&b=2")
            #expect(match.3 == #"a\"b"#)

            #expect(rename(path, folder.file("old")) == 0)
            gateway.process.send(SIGUSR1)
            try gateway.messages.wait(forLine: "INFO: \(path) was opened anew")
            _ = try gateway.get("/b")
            #expect(try firstLine(path).contains("\"GET /b HTTP/1.1\" 200 5 \"-\" \"-\""))
            #expect(TemporaryFolder.read(folder.file("old")) == line + "\n")
        }
    }

    private func firstLine(_ path: String) throws -> String {
        let deadline = Deadline.usual
        while !deadline.hasPassed {
            if let text = TemporaryFolder.read(path), let end = text.firstIndex(of: "\n") {
                return String(text[..<end])
            }
            sched_yield()
        }
        throw KitError.process("nothing was logged to \(path)")
    }

    /// Whatever else is written, it takes the file's own lines to see what became of a request.
    @Test func recordOfAFailedRequestTellsOfEveryAttempt() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        origins[1].health = .status(200)
        try withGateway(origins, { $0.logFormat = "json" }) { gateway in
            _ = try gateway.get("/x")
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(record["status"]?.number == 200)
            #expect(record["error"] == nil, "the client got its answer")
            let tries = try #require(record["tries"]?.array)
            #expect(tries.map { $0["backend"]?.string } == origins.map(\.url))
            #expect(tries[0]["error"]?.string?.isEmpty == false)
            #expect(tries[0]["libcurl"]?.string?.hasPrefix("(52) ") == true, "\(tries[0])")
            #expect(tries[1]["status"]?.number == 200)
            #expect(tries[1]["error"] == .null)
            #expect(try #require(tries[1]["began_ms"]?.number) >= #require(tries[0]["duration_ms"]?.number))
        }
    }

    @Test func requestThatNobodyAnswersSaysWhy() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { ($0.logFormat, $0.retry) = ("json", ["attempts: 1"]) }) { gateway in
            _ = try gateway.get("/good")
            let good = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(good["tries"] == nil && good["error"] == nil)
            origin.stop()
            _ = try gateway.get("/bad")
            let bad = try gateway.log.waitForRecords("RESPONSE", count: 2)[1]
            #expect(bad["status"]?.number == 502)
            #expect(bad["error"]?.string == "Connection refused")
            #expect(bad["tries"]?.array?.count == 1)
            #expect(bad["tries"]?.array?[0]["libcurl"]?.string?.hasPrefix("(7) ") == true)
            try origin.start()
        }
    }

    @Test func samplingKeepsEveryFailureAndRoutesDecideForThemselves() throws {
        let origin = try FakeOrigin { .text("x", status: $0.target == "/gone" ? 410 : 200) }
        let adjust: (inout GatewaySettings) -> Void = {
            $0.log = ["sample: 0%", "slow: 1h"]
            $0.routes = "  - { path: /quiet, pool: web, log: off }\n  - { pool: web }"
        }
        try withGateway([origin], adjust) { gateway in
            for target in ["/a", "/quiet/gone", "/gone"] { _ = try gateway.get(target) }
            let line = try gateway.log.wait(forPrefix: "RESPONSE: ")
            #expect(line.hasPrefix("RESPONSE: GET /gone "))
            #expect(!gateway.log.lines.contains { $0.hasPrefix("REQUEST: ") || $0.contains("/quiet") })
        }
    }

    @Test func slowRequestsAreMarkedAndEventStreamsAreNot() throws {
        let gate = Gate()
        let origin = try FakeOrigin { request in
            request.target == "/fast" ? .text("x") : .text("x", gate: gate)
        }
        let adjust: (inout GatewaySettings) -> Void = {
            ($0.logFormat, $0.log) = ("json", ["slow: 1s", "sample: 0%", "headers: [user-agent, authorization]"])
        }
        try withGateway([origin], adjust) { gateway in
            _ = try gateway.get("/fast")
            let client = try gateway.connect()
            try client.send(request("GET", "/slow", fields: ["User-Agent: me", "Authorization: Basic YTpi"]))
            try origin.waitForRequest(2)
            #expect(client.staysSilent(for: 1.2 / Deadline.scale))
            gate.open()
            _ = try client.response()
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(record["path"]?.string == "/slow")
            #expect(record["slow"]?.bool == true)
            #expect(record["headers"] == .object(["user-agent": .string("me"), "authorization": .string("***")]))
        }
    }
}
