// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Why a request was not done, as `application/problem+json` (RFC 9457).
struct Problem: Error, Sendable {
    let status: Int
    /// What happened and what to do about it.
    let detail: String
    var fields: [LocalResponse.Field] = []

    var response: LocalResponse {
        // §4.2.1: about:blank is a problem of which the status says all, and the title is the status's own.
        let body = JSON.object([
            ("type", .string("about:blank")), ("title", .string("\(ReasonPhrase.of(status))")),
            ("status", .count(status)), ("detail", .string(detail)),
        ])
        return .admin(body.bytes, status: status, contentType: "application/problem+json", fields: fields)
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
