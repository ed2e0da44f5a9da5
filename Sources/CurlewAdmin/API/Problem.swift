// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Why a request was not done, as `application/problem+json` (RFC 9457).
struct Problem: Error, Sendable {
    let status: Int
    /// What happened and what to do about it.
    let detail: String
    var fields: [LocalResponse.Field] = []
    /// What is wrong with what was sent or read, one by one.
    var problems: [ConfigurationRefused.Problem] = []

    var json: JSON {
        // §4.2.1: about:blank is a problem of which the status says all, and the title is the status's own.
        var members: [(String, JSON)] = [
            ("type", .string("about:blank")), ("title", .string("\(ReasonPhrase.of(status))")),
            ("status", .count(status)), ("detail", .string(detail)),
        ]
        if !problems.isEmpty { members.append(("problems", .problems(problems))) }
        return .object(members)
    }

    var response: LocalResponse {
        .admin(json.bytes, status: status, contentType: "application/problem+json", fields: fields)
    }
}

extension JSON {
    static func problems(_ problems: [ConfigurationRefused.Problem]) -> JSON {
        .array(
            problems.map { problem in
                .object([
                    ("line", problem.place.map { .count($0.line) } ?? .null),
                    ("column", problem.place.map { .count($0.column) } ?? .null),
                    ("message", .string(problem.message)),
                ])
            }
        )
    }
}

extension LocalResponse {
    /// A response of the admin API: nobody keeps it, and no browser takes it for something else.
    static func admin(
        _ body: [UInt8],
        status: Int = 200,
        contentType: StaticString,
        fields: [Field] = []
    ) -> LocalResponse {
        let common = [Field("Cache-Control", "no-store"), Field("X-Content-Type-Options", "nosniff")]
        return LocalResponse(status: status, contentType: contentType, fields: common + fields, body: LocalBody(body))
    }

    /// Perhaps packed, for what is large.
    static func packed(_ body: [UInt8], encoding: String?) -> LocalResponse {
        guard MetricsPage.takesGzip(encoding) else {
            return .admin(body, contentType: "application/json", fields: [Field("Vary", "Accept-Encoding")])
        }
        let fields = [Field("Vary", "Accept-Encoding"), Field("Content-Encoding", "gzip")]
        return .admin(Gzip.pack(body), contentType: "application/json", fields: fields)
    }

    static func json(_ body: JSON, status: Int = 200) -> LocalResponse {
        .admin(body.bytes, status: status, contentType: "application/json")
    }
}
