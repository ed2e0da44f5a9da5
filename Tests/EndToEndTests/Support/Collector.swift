// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit

/// A collector of traces: takes batches of spans as OTLP/HTTP in JSON has them, and holds each to the shape that the protobuf
/// mapping gives it.
final class Collector: Sendable {
    let origin: FakeOrigin
    private let taken: Monitor<[JSONValue]>
    private let problems: Monitor<[String]>

    /// How a batch is answered, by its number from 0.
    init(_ answer: @escaping @Sendable (Int) -> OriginResponse = { _ in .text("{}") }) throws {
        let taken = Monitor<[JSONValue]>([])
        let problems = Monitor<[String]>([])
        let count = Monitor(0)
        self.taken = taken
        self.problems = problems
        origin = try FakeOrigin { request in
            let number = count.change { count in
                defer { count += 1 }
                return count
            }
            let response = answer(number)
            guard response.status == 200 else { return response }
            do {
                guard request.method == "POST", request.fields["content-type"] == "application/json" else {
                    throw KitError.malformed("\(request.method) \(request.fields["content-type"] ?? "")")
                }
                let spans = try Collector.spans(request.body.bytes)
                taken.change { $0 += spans }
            } catch {
                problems.change { $0.append("\(error)") }
            }
            return response
        }
    }

    var url: String { "\(origin.url)/v1/traces" }

    /// What was not as it should be.
    var faults: [String] { problems.read { $0 } }

    /// Waits until `count` spans are there, and returns those there are.
    func spans(_ count: Int) throws -> [JSONValue] {
        try taken.wait(for: "\(count) spans", until: .usual) { $0.count >= count ? $0 : nil }
    }

    private static func spans(_ body: [UInt8]) throws -> [JSONValue] {
        let request = try JSONValue(String(decoding: body, as: UTF8.self))
        var found: [JSONValue] = []
        for resource in try list(request, "resourceSpans") {
            let name = try list(resource["resource"] ?? .null, "attributes").first {
                $0["key"] == .string("service.name")
            }
            guard name?["value"]?["stringValue"]?.string?.isEmpty == false else {
                throw KitError.malformed("no service")
            }
            for scope in try list(resource, "scopeSpans") { found += try list(scope, "spans") }
        }
        guard !found.isEmpty else { throw KitError.malformed("an empty batch") }
        for span in found { try check(span) }
        return found
    }

    private static func list(_ value: JSONValue, _ name: String) throws -> [JSONValue] {
        guard let list = value[name]?.array else { throw KitError.malformed("no \(name)") }
        return list
    }

    private static func check(_ span: JSONValue) throws {
        func matches(_ name: String, _ pattern: Regex<Substring>) -> Bool {
            span[name]?.string?.wholeMatch(of: pattern) != nil
        }
        guard matches("traceId", /[0-9a-f]{32}/), matches("spanId", /[0-9a-f]{16}/),
            span["parentSpanId"] == nil || matches("parentSpanId", /[0-9a-f]{16}/),
            matches("startTimeUnixNano", /[0-9]{19}/), matches("endTimeUnixNano", /[0-9]{19}/),
            let start = span["startTimeUnixNano"]?.string, let end = span["endTimeUnixNano"]?.string, start <= end,
            span["name"]?.string?.isEmpty == false, [2, 3].contains(span["kind"]?.number)
        else { throw KitError.malformed("\(span)") }
        for attribute in try list(span, "attributes") {
            guard case .object(let value)? = attribute["value"], value.count == 1,
                attribute["key"]?.string?.isEmpty == false,
                value["stringValue"]?.string != nil || value["boolValue"]?.bool != nil
                    || value["intValue"]?.string.flatMap(Int64.init) != nil
            else { throw KitError.malformed("\(attribute)") }
        }
        for event in try list(span, "events") {
            guard let time = event["timeUnixNano"]?.string, time >= start, time.count == 19 else {
                throw KitError.malformed("\(event)")
            }
        }
    }
}

extension JSONValue {
    /// An attribute of a span, as text.
    func attribute(_ key: String) -> String? {
        let value = self["attributes"]?.array?.first { $0["key"] == .string(key) }?["value"]
        return value?["stringValue"]?.string ?? value?["intValue"]?.string ?? value?["boolValue"]?.bool.map { "\($0)" }
    }
}
