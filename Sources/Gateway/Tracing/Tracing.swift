// SPDX-License-Identifier: Apache-2.0

/// What all workers share of tracing.
final class Tracing: Sendable {
    let configuration: TracingConfiguration
    /// What spans hide of queries, as the log does.
    let query: LogRedaction.Query
    /// `nil` where contexts are handed on and spans sent nowhere.
    let exporter: SpanExporter?

    /// `nil` where `configuration` has no tracing.
    ///
    /// - Throws: The system is out of descriptors.
    static func make(_ configuration: GatewayConfiguration) throws(StartError) -> Tracing? {
        guard let tracing = configuration.tracing else { return nil }
        return try Tracing(tracing, query: configuration.log.redaction.query)
    }

    private init(_ configuration: TracingConfiguration, query: LogRedaction.Query) throws(StartError) {
        self.configuration = configuration
        self.query = query
        if let endpoint = configuration.endpoint {
            exporter = try SpanExporter(configuration, endpoint: endpoint)
        } else {
            exporter = nil
        }
    }
}
