// SPDX-License-Identifier: Apache-2.0

/// How requests take part in traces (W3C Trace Context), and where their spans are sent (OTLP).
package struct TracingConfiguration: Sendable, Equatable {
    /// Where spans are sent, as OTLP over HTTP in JSON: a whole URL, with its path. Default `nil`: nowhere; traces are handed on
    /// and their ids logged all the same.
    package var endpoint: String?
    /// The share of traces that begin here which are sampled, in per cent. Whoever began a trace elsewhere has decided. Default
    /// 100.
    package var samplePercent = 100
    /// Header fields of each request to the collector. Default: none.
    package var headers: [HeaderEdits.Field] = []
    /// `service.name` of the spans. Default `curlew`.
    package var serviceName = "curlew"
    /// For one request to the collector. Default 10 s.
    package var timeout: Duration = .seconds(10)
    /// The most spans of one request to the collector. Default 512.
    package var batchSize = 512
    /// How long spans are gathered for such a request. Default 1 s.
    package var batchDelay: Duration = .seconds(1)

    package init() {}
}

extension TracingConfiguration {
    /// ``endpoint`` as it may be shown: some collectors take their key in the query.
    package var shownEndpoint: String? {
        guard let endpoint, let question = endpoint.firstIndex(of: "?") else { return endpoint }
        return endpoint[...question] + "***"
    }
}
