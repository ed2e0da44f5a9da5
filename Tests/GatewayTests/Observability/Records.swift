// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Gateway

/// One record, built as the log builds it.
struct Record: ~Copyable {
    var method: [UInt8] = Array("GET".utf8)
    var target: [UInt8] = Array("/".utf8)
    var summary = ExchangeSummary(
        requestID: RequestID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210),
        client: AddressText("203.0.113.9"),
        backend: Array("http://localhost:3001".utf8),
        pool: Array("web".utf8)
    )

    /// What is hidden of queries.
    var redaction = LogRedaction.Query.nothing
    /// The names of the fields that are shown and of those that are hidden, and the fields that there are.
    var shown: (request: [String], response: [String]) = ([], [])
    var hidden: [String] = []
    var fields: [(String, String)] = []
    var responseFields: [(String, String)] = []
    var user: String?

    static let time = WallTime(seconds: 1_767_268_800, nanoseconds: 123_456_789)  // 2026-01-01T12:00:00Z

    init() {}

    init(target: [UInt8]) { self.target = target }

    func request(json: Bool) -> String {
        line(json) { $0.request(method.span, target.span, summary) }
    }

    func response(json: Bool) -> String {
        line(json) { $0.response(method.span, target.span, summary) }
    }

    func failure(_ reason: String, retryingOn next: String? = nil, json: Bool) -> String {
        line(json) {
            $0.failure(method.span, target.span, summary, reason: reason, retryingOn: next.map { Array($0.utf8) })
        }
    }

    func mirror(error: String? = nil, json: Bool) -> String {
        line(json) { $0.mirror(method.span, target.span, summary, error: error) }
    }

    func accessLine(_ format: LogConfiguration.Format = .common) -> String {
        line(false, format) { $0.accessLine(method.span, target.span, summary) }
    }

    static func health(_ backend: String, healthy: Bool, _ finding: HealthFinding, json: Bool) -> String {
        Record().line(json) { $0.health(backend: Array(backend.utf8), healthy: healthy, finding: finding) }
    }

    static func diagnostic(
        _ level: LogConfiguration.Level = .info,
        _ message: String,
        _ fields: [LogField] = [],
        fieldsInText: Bool = true,
        json: Bool
    ) -> String {
        Record().line(json) { $0.diagnostic(level, message, fields: fields, fieldsInText: fieldsInText) }
    }

    /// The record without its newline, after checking that the newline is the only control byte and at the end.
    private func line(
        _ json: Bool,
        _ format: LogConfiguration.Format = .json,
        _ build: (inout RecordFormatter) -> Void
    ) -> String {
        var formatter = RecordFormatter(isJSON: json)
        var configuration = LogConfiguration(format: format)
        (configuration.headers, configuration.responseHeaders) = shown
        configuration.redaction.query = redaction
        configuration.redaction.headers = hidden
        formatter.redaction = Redaction(redaction)
        formatter.notes = NotedFields(configuration)
        formatter.isCombined = format == .combined
        for (name, value) in fields { formatter.notes.noteRequest(Array(name.utf8).span, Array(value.utf8).span) }
        for (name, value) in responseFields {
            formatter.notes.noteResponse(Array(name.utf8).span, Array(value.utf8).span)
        }
        if let user { formatter.notes.note(user: user) }
        formatter.start(at: Record.time)
        build(&formatter)
        let overflowed = formatter.buffer.overflowed
        #expect(!overflowed)
        let bytes = formatter.buffer.bytes
        #expect(bytes.last == 0x0A)
        #expect(bytes.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        let text = String(validating: bytes.dropLast(), as: UTF8.self)
        #expect(text != nil, "a record is always valid UTF-8")
        return text ?? ""
    }
}

/// Decodes a JSON record with a parser that is not ours.
func decode(_ line: String) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(value as? [String: Any])
}
