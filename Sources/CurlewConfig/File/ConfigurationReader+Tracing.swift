// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ConfigurationReader {
    mutating func tracing(_ field: Field?) -> TracingConfiguration? {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .tracing) else { return nil }
        var tracing = TracingConfiguration()
        assign(&tracing.endpoint, fields["endpoint"], ValueParser<String>.collectorURL.optional)
        assign(&tracing.samplePercent, fields["sample"])
        tracing.headers = named(
            fields["headers"],
            name: .headerName,
            value: .headerValue,
            refusal: ConfigurationReader.refusalOfCollectorField
        )
        .map { HeaderEdits.Field(name: $0.name, value: $0.value) }
        assign(&tracing.serviceName, fields["service_name"], .filled("a name", example: "edge"))
        assign(&tracing.timeout, fields["timeout"])
        assign(&tracing.batchSize, fields["batch_size"])
        assign(&tracing.batchDelay, fields["batch_delay"])
        for other in fields.those(of: ["headers", "service_name", "timeout", "batch_size", "batch_delay"])
        where fields["endpoint"] == nil {
            note(
                other.keyMark,
                other.path,
                "without an endpoint nothing is sent, so it has no effect",
                hint: "add endpoint: \"http://collector:4318/v1/traces\", or remove it"
            )
        }
        return tracing
    }

    private static func refusalOfCollectorField(_ name: String) -> ValueError? {
        guard ["content-type", "content-length", "transfer-encoding", "expect"].contains(name.lowercased()) else {
            return nil
        }
        return ValueError("\(name) is the gateway's own to say: it sends JSON", hint: "remove it")
    }
}

extension ValueParser where Value == String {
    /// Where spans are sent.
    static var collectorURL: Self {
        ValueParser("a URL", example: "http://collector:4318/v1/traces") { text throws(ValueError) in
            let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count >= 3, parts[1].isEmpty, ["http:", "https:"].contains(parts[0].lowercased()) else {
                throw mismatch(text, expected: "a URL", hint: "for example http://collector:4318/v1/traces")
            }
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
                throw ValueError(
                    "\(text.quoted) holds a character that cannot stand in a URL",
                    hint: "percent-encode it"
                )
            }
            guard !parts[2].contains("@") else {
                throw ValueError(
                    "\(text.quoted) has a user in it",
                    hint: "give the collector its credentials with headers: { Authorization: ... }"
                )
            }
            // The same check, and the same messages, as for a backend.
            _ = try ValueParser<BackendURL>.backendURL.parse("\(parts[0])//\(parts[2])")
            let path = parts.count > 3 ? parts[3] : ""
            return path.isEmpty ? "\(parts[0])//\(parts[2])/v1/traces" : text
        }
    }
}
