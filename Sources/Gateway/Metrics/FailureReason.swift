// SPDX-License-Identifier: Apache-2.0

/// Why a request or an attempt has failed, as a label of metrics: a fixed list, whatever clients and backends do.
///
/// Where RFC 9209 §2.3 has a name for it, that is its name.
package enum FailureReason: Int, Sendable, CaseIterable {
    // The client's
    case requestError
    case requestTimeout
    case clientClosed
    case noRoute
    case accessDenied
    case unauthorized
    case rateLimited
    case clientLimit
    // The gateway's
    case noBackend
    case gatewayFull
    case poolFull
    case queueFull
    case queueTimeout
    case draining
    case internalError
    // The backend's
    case nameNotResolved
    case connectionRefused
    case connectionTimeout
    case tlsError
    case certificateError
    case connectionTerminated
    case responseTimeout
    case readTimeout
    case writeTimeout
    case unwantedStatus
    case invalidResponse
    case headerSize
    case incompleteResponse
    case upgradeFailed

    /// As a label.
    package var label: String {
        switch self {
        case .requestError: "http_request_error"
        case .requestTimeout: "http_request_timeout"
        case .clientClosed: "client_closed"
        case .noRoute: "destination_not_found"
        case .accessDenied: "access_denied"
        case .unauthorized: "unauthorized"
        case .rateLimited: "rate_limited"
        case .clientLimit: "client_limit"
        case .noBackend: "destination_unavailable"
        case .gatewayFull: "gateway_full"
        case .poolFull: "pool_full"
        case .queueFull: "queue_full"
        case .queueTimeout: "queue_timeout"
        case .draining: "draining"
        case .internalError: "proxy_internal_error"
        case .nameNotResolved: "dns_error"
        case .connectionRefused: "connection_refused"
        case .connectionTimeout: "connection_timeout"
        case .tlsError: "tls_protocol_error"
        case .certificateError: "tls_certificate_error"
        case .connectionTerminated: "connection_terminated"
        case .responseTimeout: "http_response_timeout"
        case .readTimeout: "connection_read_timeout"
        case .writeTimeout: "connection_write_timeout"
        case .unwantedStatus: "unwanted_status"
        case .invalidResponse: "http_protocol_error"
        case .headerSize: "http_response_header_section_size"
        case .incompleteResponse: "http_response_incomplete"
        case .upgradeFailed: "http_upgrade_failed"
        }
    }
}
