// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Gateway

/// The documented schema and the records are the same thing.
struct LogSchemaTests {
    /// The names in the first column of the tables below a heading, `upstream`'s own left out.
    private func documented(_ heading: String, table: String? = nil) throws -> [String] {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Sources/Gateway/Gateway.docc/LogSchema.md")
        let sections = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix(heading + "\n") })
        let tables = section.components(separatedBy: "| field of")
        let found = table.map { name in tables.first { ("| field of" + $0).hasPrefix(name) } } ?? tables.first
        return try #require(found).split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
    }

    private func expect(_ line: String, matches heading: String) throws {
        let names = try documented("Every record") + documented(heading)
        #expect(try Set(decode(line).keys) == Set(names))
        #expect(Set(names).count == names.count)
    }

    /// Long enough that `path_bytes` is there too, and of a route with a name.
    private var record: Record {
        var record = Record(target: [UInt8](repeating: 0x61, count: 10_000))
        record.summary.route = Array("api".utf8)
        record.summary.tries = [AttemptRecord(backend: Array("http://a".utf8))]
        record.summary.trace = TraceContext(trace: TraceID(high: 1, low: 1), span: SpanID(1), isSampled: true)
        return record
    }

    @Test func everyFieldOfARequestIsDocumented() throws {
        try expect(record.request(json: true), matches: "REQUEST")
    }

    @Test func everyFieldOfAResponseIsDocumented() throws {
        var record = record
        record.summary.queuedNanoseconds = 1
        record.summary.limit = Array("default".utf8)
        record.summary.exceededInDryRun = Array("api".utf8)
        record.summary.isSlow = true
        record.summary.failure = "x"
        record.shown = (["via"], ["via"])
        try expect(record.response(json: true), matches: "RESPONSE")
    }

    @Test func everyFieldOfAnAttemptIsDocumented() throws {
        var record = Record()
        var attempt = AttemptRecord(backend: Array("http://a".utf8))
        attempt.span = SpanID(1)
        record.summary.tries = [attempt]
        let tries = try #require(decode(record.response(json: true))["tries"] as? [[String: Any]])
        #expect(try Set(tries[0].keys) == Set(documented("RESPONSE", table: "| field of `tries`")))
    }

    @Test func everyFieldOfAFailureIsDocumented() throws {
        try expect(record.failure("x", json: true), matches: "ERROR")
    }

    @Test func everyFieldOfACopyIsDocumented() throws {
        try expect(record.mirror(json: true), matches: "MIRROR")
    }

    @Test func everyFieldOfHealthIsDocumented() throws {
        try expect(Record.health("http://a", healthy: true, .status(200), json: true), matches: "HEALTH")
    }

    @Test func everyFieldOfAMessageIsDocumented() throws {
        try expect(Record.diagnostic(.info, "m", json: true), matches: "INFO")
    }
}
