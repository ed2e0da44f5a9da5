// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// W3C Trace Context towards backends, and spans towards a collector.
@Suite(.threads(.few)) struct TracingTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "b7ad6b7169203331"

    private func tracing(_ members: String...) -> (inout GatewaySettings) -> Void {
        return {
            $0.logFormat = "json"
            $0.top = ["tracing: { \(members.joined(separator: ", ")) }"]
        }
    }

    private func parts(_ value: String?) throws -> [String] {
        let parts = try #require(value).split(separator: "-").map(String.init)
        #expect(parts.map(\.count) == [2, 32, 16, 2])
        return parts
    }

    @Test func withoutTracingTheFieldsPassAsTheyAre() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.logFormat = "json" }) { gateway in
            let fields = ["traceparent: nonsense", "Tracestate: a=1,,A=2", "traceparent: more"]
            _ = try gateway.connect().exchange(request(fields: fields))
            let received = try origin.waitForRequest()
            for field in fields { #expect(received.headText.contains(field), "\(received.headText)") }
            #expect(try gateway.log.waitForRecords("RESPONSE")[0]["trace_id"] == nil)
        }
    }

    @Test func aTraceIsContinuedWithASpanOfItsOwnForEachAttempt() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        try withGateway(origins, tracing("sample: 0%")) { gateway in
            let fields = [
                "traceparent: 00-\(Self.trace)-\(Self.parent)-01", "tracestate: a=1 , b=2", "tracestate: c=3",
            ]
            _ = try gateway.connect().exchange(request(fields: fields))
            let received = try origins.map { try $0.waitForRequest() }
            let sent = try received.map { try parts($0.fields["traceparent"]) }
            for parts in sent {
                #expect(parts[0] == "00" && parts[1] == Self.trace && parts[3] == "01")
                #expect(parts[2] != Self.parent)
            }
            #expect(sent[0][2] != sent[1][2])
            for request in received {
                #expect(request.headText.contains("tracestate: a=1 , b=2\r\ntracestate: c=3\r\n"))
            }
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(record["trace_id"]?.string == Self.trace)
            let span = try #require(record["span_id"]?.string)
            #expect(![Self.parent, sent[0][2], sent[1][2]].contains(span))
            #expect(record["tries"]?.array?.map { $0["span_id"]?.string } == sent.map { $0[2] })
        }
    }

    @Test(arguments: [
        ["traceparent: 00-\(trace)-\(parent)-0"], ["tracestate: a=1"],
        ["traceparent: 00-\(trace)-\(parent)-01", "traceparent: 00-\(trace)-\(parent)-01"],
        ["traceparent: ff-\(trace)-\(parent)-01"],
    ])
    func whatIsNotValidBeginsAnew(fields: [String]) throws {
        let origin = try FakeOrigin()
        try withGateway([origin], tracing()) { gateway in
            _ = try gateway.connect().exchange(request(fields: fields + ["tracestate: b=2"]))
            let received = try origin.waitForRequest()
            let parts = try parts(received.fields["traceparent"])
            #expect(parts[1] != Self.trace && parts[3] == "01")
            #expect(!received.headText.lowercased().contains("tracestate"))
            #expect(received.headText.lowercased().split(separator: "traceparent:").count == 2)
        }
    }

    @Test func aStateThatIsNotValidIsLeftOutAndTheTraceGoesOn() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], tracing()) { gateway in
            let fields = ["traceparent: 00-\(Self.trace)-\(Self.parent)-00", "tracestate: a=1,A=2"]
            _ = try gateway.connect().exchange(request(fields: fields))
            let received = try origin.waitForRequest()
            #expect(try parts(received.fields["traceparent"])[1] == Self.trace)
            #expect(received.fields["tracestate"] == nil)
        }
    }

    @Test func everySampledRequestLeavesASpanAndOneForEachAttempt() throws {
        let collector = try Collector()
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        let adjust = tracing("endpoint: \(collector.url)", "service_name: edge", "batch_delay: 10ms")
        try withGateway(origins, adjust) { gateway in
            let fields = ["traceparent: 00-\(Self.trace)-\(Self.parent)-01", "User-Agent: me"]
            _ = try gateway.connect().exchange(request("GET", "/a?b=c", fields: fields))
            let spans = try collector.spans(3)
            #expect(spans.count == 3)
            let server = try #require(spans.first { $0["kind"]?.number == 2 })
            #expect(server["parentSpanId"]?.string == Self.parent)
            #expect(server["flags"]?.number == 0x301)
            #expect(server["name"]?.string == "GET")
            #expect(server["status"] == nil)
            for (key, value) in [
                ("http.request.method", "GET"), ("url.path", "/a"), ("url.query", "b=c"), ("url.scheme", "http"),
                ("server.address", "test.example"), ("server.port", "80"), ("client.address", "127.0.0.1"),
                ("http.response.status_code", "200"), ("user_agent.original", "me"), ("curlew.pool", "web"),
                ("network.protocol.version", "1.1"), ("http.response.body.size", "1"), ("curlew.attempts", "2"),
            ] { #expect(server.attribute(key) == value, "\(key)") }
            #expect(server.attribute("error.type") == nil)

            let clients = spans.filter { $0["kind"]?.number == 3 }
            let sent = try origins.map { try parts($0.waitForRequest().fields["traceparent"])[2] }
            for span in spans { #expect(span["traceId"]?.string == Self.trace) }
            #expect(clients.map { $0["spanId"]?.string } == sent)
            #expect(clients.allSatisfy { $0["parentSpanId"] == server["spanId"] })
            #expect(clients[0]["status"]?["code"]?.number == 2)
            #expect(clients[0].attribute("error.type") == "connection_terminated")
            #expect(clients[0].attribute("url.full") == "\(origins[0].url)/a?b=c")
            #expect(clients[1]["status"] == nil)
            #expect(clients[1].attribute("http.response.status_code") == "200")
            #expect(clients[1].attribute("http.request.resend_count") == "1")
            #expect(clients[1]["events"]?.array?.contains { $0["name"] == .string("first_byte") } == true)
            #expect(try gateway.log.waitForRecords("RESPONSE")[0]["span_id"] == server["spanId"])
        }
        #expect(collector.faults.isEmpty)
    }

    @Test func whatIsNotSampledLeavesNoSpan() throws {
        let collector = try Collector()
        try withGateway([try FakeOrigin()], tracing("endpoint: \(collector.url)", "sample: 0%", "batch_delay: 10ms")) {
            gateway in
            _ = try gateway.get("/not")
            let fields = ["traceparent: 00-\(Self.trace)-\(Self.parent)-01"]
            _ = try gateway.connect().exchange(request("GET", "/sampled", fields: fields))
            #expect(try collector.spans(2).compactMap { $0.attribute("url.path") } == ["/sampled"])
        }
    }

    @Test func aRequestThatFailedSaysSoAndHidesWhatTheLogHides() throws {
        let collector = try Collector()
        let origin = try FakeOrigin()
        let adjust: (inout GatewaySettings) -> Void = {
            tracing("endpoint: \(collector.url)", "batch_delay: 10ms")(&$0)
            $0.log = ["redact: { query: [key] }"]
        }
        try withGateway([origin], adjust) { gateway in
            origin.stop()
            _ = try gateway.get("/x?key=secret")
            let spans = try collector.spans(2)
            let server = try #require(spans.first { $0["kind"]?.number == 2 })
            #expect(server["parentSpanId"] == nil)
            #expect(server["status"]?["code"]?.number == 2)
            #expect(server["status"]?["message"]?.string == "Connection refused")
            #expect(server.attribute("error.type") == "connection_refused")
            #expect(server.attribute("http.response.status_code") == "502")
            #expect(server.attribute("url.query") == "key=***")
            let client = try #require(spans.first { $0["kind"]?.number == 3 })
            #expect(client.attribute("url.full")?.hasSuffix("/x?key=***") == true)
            #expect(client.attribute("curlew.libcurl")?.hasPrefix("(7) ") == true)
            try origin.start()
        }
        #expect(collector.faults.isEmpty)
    }

    @Test func aCollectorThatIsBusyIsAskedAgainAsItSays() throws {
        let collector = try Collector { number in
            number == 0
                ? OriginResponse(503, reason: "Busy", fields: [("Retry-After", "1")], body: .fixed([])) : .text("{}")
        }
        let adjust = tracing("endpoint: \(collector.url)", "batch_delay: 10ms", "headers: { Authorization: Bearer x }")
        try withGateway([try FakeOrigin()], adjust) { gateway in
            _ = try gateway.get("/")
            #expect(try collector.spans(2).count == 2)
            #expect(collector.origin.requests.map { $0.fields["authorization"] } == ["Bearer x", "Bearer x"])
        }
        #expect(collector.faults.isEmpty)
    }

    @Test func whatIsLeftIsSentWhenTheGatewayStops() throws {
        let collector = try Collector()
        try withGateway([try FakeOrigin()], tracing("endpoint: \(collector.url)", "batch_delay: 1h")) { gateway in
            _ = try gateway.get("/")
            _ = try gateway.log.waitForRecords("RESPONSE")
        }
        #expect(try collector.spans(2).count == 2)
    }

    @Test func aCollectorThatDoesNotAnswerKeepsNobodyWaitingAndIsTold() throws {
        let collector = try StubbornOrigin.neverAnswering()
        let adjust = tracing("endpoint: \(collector.url)", "batch_delay: 10ms", "batch_size: 10")
        try withGateway([try FakeOrigin()], adjust) { gateway in
            let client = try gateway.connect()
            // More than the gateway holds of them: two spans each, of some 900 bytes.
            let target = "/" + String(repeating: "x", count: 4000)
            for _ in 0..<300 { #expect(try client.get(target).status == 200) }
            _ = try collector.waitForRequest()
            gateway.process.send(SIGTERM)
            #expect(try gateway.process.waitForExit() == .status(0))
            let told = gateway.log.records.filter { $0["message"]?.string?.contains(" lost: ") == true }
            let lost = told.compactMap { $0["spans"]?.number }.reduce(0, +)
            #expect(lost >= 300, "\(told)")
        }
    }

    @Test func whatIsLostWhileTheCollectorIsBusySaysWhy() throws {
        let collector = try Collector { _ in OriginResponse(503, reason: "Busy", fields: [], body: .fixed([])) }
        let adjust = tracing("endpoint: \"\(collector.url)?key=t0p\"", "batch_delay: 10ms", "batch_size: 10")
        try withGateway([try FakeOrigin()], adjust) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().status == 200)
            try collector.origin.waitForRequest()
            // More than the gateway holds of them: two spans each.
            let target = "/" + String(repeating: "x", count: 4000)
            for _ in 0..<300 { #expect(try client.get(target).status == 200) }
            let busy = try gateway.log.wait(for: "a loss, and why") { $0.contains(" lost: ") }
            #expect(busy.allSatisfy { $0.contains("lost: it answered 503 (\(collector.url)?***)") }, "\(busy)")
        }
    }
}
