// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    mutating func limits(_ field: Field?, _ limits: inout LimitsConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .limits) else { return }
        let count = ValueParser<Int>.count(1...Int.max, example: 1000)
        assign(&limits.connections, fields["connections"], .count(1...10_000_000, example: 10_000))
        assign(
            &limits.connectionsPerClient,
            fields["connections_per_client"],
            ValueParser<Int>.count(1...10_000_000, example: 100).orUnlimited()
        )
        requestLimits(fields, &limits)
        assign(&limits.headerTimeout, fields["header_timeout"], .duration)
        assign(&limits.bodyTimeout, fields["body_timeout"], .duration)
        assign(&limits.idleTimeout, fields["idle_timeout"], .duration)
        assign(&limits.requestsPerConnection, fields["requests_per_connection"], count.orUnlimited())
        assign(&limits.pipelinedRequests, fields["pipelined_requests"], count.orUnlimited())
        // libcurl itself takes no line of more than 100 KiB.
        assign(
            &limits.responseHeaderBytes,
            fields["response_header_bytes"],
            .size(64...(100 << 10), example: "64KiB")
        )
        assign(&limits.responseHeaderCount, fields["response_header_count"], .count(1...10_000, example: 256))
    }

    private mutating func requestLimits(_ fields: Fields, _ limits: inout LimitsConfiguration) {
        // The shortest useful head is some thirty bytes, and one of many megabytes is held in memory.
        assign(&limits.headerBytes, fields["header_bytes"], .size(64...(16 << 20), example: "64KiB"))
        assign(&limits.requestLineBytes, fields["request_line_bytes"], .size(16...(16 << 20), example: "16KiB"))
        assign(&limits.headerCount, fields["header_count"], .count(1...100_000, example: 100))
        // Zero would mean "no bodies" to some and, as in nginx, "no limit" to others.
        assign(
            &limits.bodyBytes,
            fields["body_bytes"],
            ValueParser<Int>.size(1...Int.max, example: "10MB").orUnlimited()
        )
        assign(&limits.trailerBytes, fields["trailer_bytes"], .size(2...(1 << 20), example: "16KiB"))
        // None is a sensible number: most services know no trailers.
        assign(&limits.trailerCount, fields["trailer_count"], .count(0...10_000, example: 64))
    }
}
