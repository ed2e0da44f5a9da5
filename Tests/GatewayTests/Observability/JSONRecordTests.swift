// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Gateway

/// The JSON form: the schema of Gateway.docc/LogSchema.md.
struct JSONRecordTests {
    private static let start = #"{"time":"2026-01-01T12:00:00.123456Z","level":"info","category":"#
    private static let identity =
        #""request_id":"0123456789abcdeffedcba9876543210","client":"203.0.113.9","method":"GET","path":"/","#

    @Test func aResponseHasEveryFieldInTheDocumentedOrder() {
        var record = Record()
        record.summary.status = 200
        record.summary.attempts = 1
        record.summary.bytesOut = 19
        record.summary.durationNanoseconds = 12_034_999
        record.summary.upstream = UpstreamTimings(reused: true, firstByte: 11_200, total: 11_900)
        #expect(
            record.response(json: true) == Self.start + #""RESPONSE","# + Self.identity
                + #""status":200,"backend":"http://localhost:3001","pool":"web","attempts":1,"bytes_in":0,"#
                + #""bytes_out":19,"duration_ms":12.034,"upstream":{"reused":true,"dns_ms":0,"connect_ms":0,"#
                + #""tls_ms":0,"first_byte_ms":11.2,"total_ms":11.9}}"#
        )
    }

    @Test func whatAResponseDoesNotHaveIsNull() throws {
        var record = Record()
        (record.method, record.target) = ([], [])
        record.summary = ExchangeSummary(requestID: RequestID(high: 0, low: 1), client: AddressText())
        record.summary.bytesIn = .max
        let fields = try decode(record.response(json: true))
        for name in ["client", "method", "path", "status", "backend", "pool", "upstream"] {
            #expect(fields[name] is NSNull, "\(name)")
        }
        #expect(fields["request_id"] as? String == "00000000000000000000000000000001")
        #expect(fields["duration_ms"] as? Double == 0)
        #expect(fields["bytes_in"] as? UInt64 == .max)
    }

    @Test func aRequestNamesItsBackendAndPool() {
        #expect(
            Record().request(json: true) == Self.start + #""REQUEST","# + Self.identity
                + #""backend":"http://localhost:3001","pool":"web"}"#
        )
    }

    @Test func aFailureNamesItsReasonAndTheNextBackend() throws {
        var record = Record()
        record.summary.attempts = 2
        let retried = try decode(record.failure("Connection refused", retryingOn: "http://b", json: true))
        #expect(retried["level"] as? String == "error")
        #expect(retried["category"] as? String == "ERROR")
        #expect(retried["error"] as? String == "Connection refused")
        #expect(retried["retrying_on"] as? String == "http://b")
        #expect(retried["attempts"] as? Int == 2)
        #expect(try decode(record.failure("x", json: true))["retrying_on"] is NSNull)
    }

    @Test func healthHasEitherAStatusOrAnError() throws {
        let good = try decode(Record.health("http://a", healthy: true, .status(204), json: true))
        #expect(good["level"] as? String == "info")
        #expect(good["healthy"] as? Bool == true)
        #expect(good["status"] as? Int == 204)
        #expect(good["error"] is NSNull)
        let bad = try decode(Record.health("http://a", healthy: false, .error("timeout"), json: true))
        #expect(bad["level"] as? String == "warning")
        #expect(bad["category"] as? String == "HEALTH")
        #expect(bad["backend"] as? String == "http://a")
        #expect(bad["pool"] as? String == "web")
        #expect(bad["healthy"] as? Bool == false)
        #expect(bad["status"] is NSNull)
        #expect(bad["error"] as? String == "timeout")
    }

    @Test func aMessageHasItsFieldsBesideIt() throws {
        let fields = [
            LogField("port", .integer(3000)), LogField("level", .text("mine")),
            LogField("list", .list([.integer(-1), .boolean(false), .object([LogField("k", .text("v"))])])),
        ]
        let line = Record.diagnostic(.notice, "Load balancer running on port 3000", fields, json: true)
        let decoded = try decode(line)
        #expect(decoded["level"] as? String == "notice")
        #expect(decoded["category"] as? String == "INFO")
        #expect(decoded["message"] as? String == "Load balancer running on port 3000")
        #expect(decoded["port"] as? Int == 3000)
        #expect(decoded["level_"] as? String == "mine", "a field never stands in for one of the record's own")
        #expect(line.contains(#""list":[-1,false,{"k":"v"}]"#))
    }

    @Test func nestingWithoutEndIsCutOff() throws {
        var value = LogField.Value.integer(1)
        for _ in 0..<1000 { value = .list([value]) }
        let decoded = try decode(Record.diagnostic(.info, "m", [LogField("deep", value)], json: true))
        #expect(decoded["deep"] is [Any])
    }

    @Test(arguments: [
        (0, "0.000"), (1_000, "0.001"), (999_999, "0.999"), (1_000_000, "1.000"), (61_002_003_004, "61002.003"),
    ])
    func durationsHaveThreeDecimals(nanoseconds: UInt64, shown: String) {
        var record = Record()
        record.summary.durationNanoseconds = nanoseconds
        #expect(record.response(json: true).contains("\"duration_ms\":\(shown),"))
    }

    @Test(arguments: [(0, "0"), (1, "0.001"), (50, "0.05"), (900, "0.9"), (1_000, "1"), (30_010, "30.01")])
    func phaseTimesHaveNoNeedlessZeros(microseconds: UInt64, shown: String) {
        var record = Record()
        record.summary.upstream = UpstreamTimings(connect: microseconds)
        #expect(record.response(json: true).contains("\"connect_ms\":\(shown),"))
    }
}
