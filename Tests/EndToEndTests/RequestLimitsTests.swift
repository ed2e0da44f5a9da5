// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct RequestLimitsTests {
    /// Sends `text`, expects `status` and a close, and that the backend saw no whole request.
    private func expect(_ status: Int, for text: String, limits: [String]) throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.limits = limits }) { gateway in
            let client = try gateway.connect()
            try client.send(text)
            let response = try client.response()
            #expect(response.status == status)
            #expect(response.fields.lists("close", in: "Connection"))
            #expect(response.fields.contains("X-Request-Id"))
            try client.waitForClose()
            #expect(!origin.requests.contains { $0.isComplete })
            #expect(try gateway.get().status == 200)
        }
    }

    @Test func tooManyHeaderBytesAre431() throws {
        let fields = (0..<50).map { "X-\($0): \(String(repeating: "v", count: 200))" }
        try expect(431, for: request(fields: fields), limits: ["header_bytes: 8KiB"])
    }

    @Test func tooManyHeadersAre431() throws {
        try expect(431, for: request(fields: (0..<30).map { "X-\($0): v" }), limits: ["header_count: 20"])
    }

    @Test func tooLongTargetIs414() throws {
        let target = "/" + String(repeating: "a", count: 10_000)
        try expect(414, for: request("GET", target), limits: ["header_bytes: 8KiB"])
    }

    @Test func headThatTakesTooLongIs408() throws {
        try expect(408, for: "GET / HTTP/1.1\r\nHost: x\r\n", limits: ["header_timeout: 200ms"])
    }

    @Test func bodyThatStopsComingIs408() throws {
        try expect(408, for: request("POST", fields: ["Content-Length: 5"]) + "ab", limits: ["body_timeout: 200ms"])
    }

    @Test func headThatTricklesIs408HoweverRegularly() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.limits = ["header_timeout: 300ms"] }) { gateway in
            let client = try gateway.connect()
            let watch = Stopwatch()
            // Each byte comes well within any limit on the time between two.
            while client.staysSilent(for: 0.03) {
                try client.send("G")
                guard watch.seconds < 15 else { break }
            }
            #expect(try client.response().status == 408)
            try client.waitForClose()
        }
    }

    @Test(arguments: ["Content-Length: 2000", "Transfer-Encoding: chunked"])
    func tooLargeABodyIs413(framing: String) throws {
        let chunk = framing.hasPrefix("T") ? "7d0\r\n" : ""
        let text = request("POST", fields: [framing]) + chunk + String(repeating: "x", count: 2000)
        try expect(413, for: text, limits: ["body_bytes: 1KiB"])
    }

    @Test func bodyWithinTheLimitPasses() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin], { $0.limits = ["body_bytes: 5B"] }) { gateway in
            let response = try gateway.connect().exchange(request("POST", body: "12345"))
            #expect(response.text == "12345")
        }
    }

    @Test func headsWithinTheLimitsPass() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let fields = (0..<95).map { "X-\($0): \(String(repeating: "v", count: 300))" }
            let target = "/" + String(repeating: "a", count: 7_000)
            #expect(try gateway.connect().exchange(request("GET", target, fields: fields)).status == 200)
            let seen = try origin.waitForRequest()
            #expect(seen.target == target)
            #expect(seen.fields["X-94"] == String(repeating: "v", count: 300))
        }
    }

    @Test func oneConnectionTooManyIs503() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.limits = ["connections: 2"] }) { gateway in
            let first = try gateway.connect()
            let second = try gateway.connect()
            #expect(try first.get().status == 200)
            #expect(try second.get().status == 200)
            let third = try gateway.connect()
            let response = try third.get()
            #expect(response.status == 503)
            #expect(response.fields.lists("close", in: "Connection"))
            try third.waitForClose()
            #expect(try first.get().status == 200)
        }
    }
}
