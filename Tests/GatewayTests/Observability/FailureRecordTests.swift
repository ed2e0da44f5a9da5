// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Gateway

/// What the record of a request that went wrong tells of how.
struct FailureRecordTests {
    @Test func oneRecordTellsOfEveryAttempt() throws {
        var record = Record()
        record.summary.status = 502
        record.summary.attempts = 2
        record.summary.failure = "Connection refused"
        var first = AttemptRecord(backend: Array("http://a".utf8))
        first.error = "status: 503"
        first.status = 503
        first.durationNanoseconds = 1_500_000
        first.upstream = UpstreamTimings(reused: true, firstByte: 1400, total: 1450)
        var second = AttemptRecord(backend: Array("http://b".utf8))
        second.error = "Connection refused"
        second.libcurl = "(7) Failed to connect"
        second.beganNanoseconds = 2_000_000
        record.summary.tries = [first, second]
        let fields = try decode(record.response(json: true))
        #expect(fields["error"] as? String == "Connection refused")
        let tries = try #require(fields["tries"] as? [[String: Any]])
        #expect(tries.map { $0["backend"] as? String } == ["http://a", "http://b"])
        #expect(tries[0]["status"] as? Int == 503)
        #expect(tries[0]["duration_ms"] as? Double == 1.5)
        #expect((tries[0]["upstream"] as? [String: Any])?["first_byte_ms"] as? Double == 1.4)
        #expect(tries[0]["libcurl"] is NSNull)
        #expect(tries[1]["status"] is NSNull)
        #expect(tries[1]["libcurl"] as? String == "(7) Failed to connect")
        #expect(tries[1]["began_ms"] as? Double == 2)
        #expect(tries[1]["upstream"] is NSNull)
    }

    @Test func theLastFailureTellsOfThemToo() throws {
        var record = Record()
        record.summary.tries = [AttemptRecord(backend: Array("http://a".utf8))]
        #expect(try decode(record.failure("x", json: true))["tries"] != nil)
        #expect(try decode(record.failure("x", retryingOn: "http://b", json: true))["tries"] == nil)
    }

    @Test func aRecordNeverHoldsMoreAttemptsThanFit() throws {
        var record = Record(target: [UInt8](repeating: 1, count: 8192))
        var attempt = AttemptRecord(backend: [UInt8](repeating: 2, count: 1024))
        attempt.error = String(repeating: "\u{3}", count: 1024)
        attempt.libcurl = String(repeating: "\u{3}", count: 300)
        record.summary.tries = Array(repeating: attempt, count: 100)
        // Were there no room, the record would be lost.
        #expect(!record.response(json: true).isEmpty)
    }

    @Test func idsOfTheTraceStandBesideThatOfTheRequest() throws {
        var record = Record()
        record.summary.trace = TraceContext(
            trace: TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c),
            span: SpanID(0x00f0_67aa_0ba9_02b7),
            isSampled: true
        )
        for line in [record.request(json: true), record.response(json: true), record.failure("x", json: true)] {
            let fields = try decode(line)
            #expect(fields["trace_id"] as? String == "0af7651916cd43dd8448eb211c80319c")
            #expect(fields["span_id"] as? String == "00f067aa0ba902b7")
        }
    }

    @Test func shownFieldsAreThoseThatWereThere() throws {
        var record = Record()
        record.shown = (["User-Agent", "Cookie", "X-Key", "X-None", "Via"], ["Content-Type"])
        record.hidden = ["x-key"]
        record.fields = [
            ("user-agent", "a\"b"), ("COOKIE", "secret=1"), ("x-key", "secret"), ("Via", "1.1 a"), ("via", "1.1 b"),
        ]
        record.responseFields = [("content-type", "text/html")]
        let line = record.response(json: true)
        let fields = try decode(line)
        #expect(
            fields["headers"] as? [String: String]
                == ["user-agent": "a\"b", "cookie": "***", "x-key": "***", "via": "1.1 a, 1.1 b"]
        )
        #expect(fields["response_headers"] as? [String: String] == ["content-type": "text/html"])
        #expect(!line.contains("secret"))
    }
}
