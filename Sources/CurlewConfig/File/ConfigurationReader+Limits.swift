// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    mutating func limits(_ field: Field?, _ limits: inout LimitsConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .limits) else { return }
        assign(&limits.connections, fields["connections"])
        assign(&limits.connectionsPerClient, fields["connections_per_client"])
        assign(&limits.idleTimeout, fields["idle_timeout"])
        assign(&limits.requestsPerConnection, fields["requests_per_connection"])
        assign(&limits.pipelinedRequests, fields["pipelined_requests"])
        assign(&limits.requestLineBytes, fields["request_line_bytes"])
        assign(&limits.headerBytes, fields["header_bytes"])
        assign(&limits.headerCount, fields["header_count"])
        assign(&limits.headerTimeout, fields["header_timeout"])
        assign(&limits.bodyBytes, fields["body_bytes"])
        assign(&limits.bodyTimeout, fields["body_timeout"])
        assign(&limits.trailerBytes, fields["trailer_bytes"])
        assign(&limits.trailerCount, fields["trailer_count"])
        assign(&limits.responseHeaderBytes, fields["response_header_bytes"])
        assign(&limits.responseHeaderCount, fields["response_header_count"])
    }
}
