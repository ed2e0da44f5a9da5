// SPDX-License-Identifier: Apache-2.0

/// The only places where a failure becomes a status, a token or a label.
extension ProxyError {
    /// The status that the client gets, if a response has not begun.
    var status: Int {
        switch kind {
        case .malformedRequest(let error): error.status
        case .methodNotAllowed: 405
        case .headWithBody, .refusedPath: 400
        case .noRoute: 404
        case .bodyTooLarge, .bodyTooLargeToSign: 413
        case .headTooSlow, .bodyTooSlow: 408
        // Not 503: it is not the gateway that is full, and nobody is to be alarmed (RFC 6585 §4).
        case .tooManyConnections, .tooManyRequests, .tooManyAtOnce: 429
        case .addressDenied: 403
        case .unauthorized: 401
        // nginx's status for the log alone: nobody is there to be sent it.
        case .clientLeft, .clientStoppedReading: 499
        case .noBackendAvailable, .gatewayFull, .draining, .outOfDescriptors, .authenticationFull, .poolFull,
            .queueFull, .queueTimedOut:
            503
        case .internalError: 500
        case .connectTimedOut, .responseTimedOut, .tryTimedOut, .idleTimedOut, .bodyNotTaken, .totalTimedOut: 504
        default: 502
        }
    }

    /// The error type in the `Proxy-Status` header (RFC 9209 §2.3).
    var proxyStatusToken: StaticString {
        switch kind {
        case .malformedRequest, .methodNotAllowed, .headWithBody, .bodyTooLarge, .bodyTooLargeToSign, .headTooSlow,
            .bodyTooSlow, .clientLeft, .clientStoppedReading, .refusedPath:
            "http_request_error"
        // RFC 9209 §2.3.3: "it cannot determine the appropriate next hop to use for this request".
        case .noRoute: "destination_not_found"
        // §2.3.15: "The intermediary rejected the HTTP request based on its configuration and/or policy settings."
        case .tooManyConnections, .addressDenied, .tooManyRequests, .tooManyAtOnce, .unauthorized:
            "http_request_denied"
        case .noBackendAvailable: "destination_unavailable"
        case .gatewayFull, .outOfDescriptors, .poolFull, .queueFull, .queueTimedOut: "connection_limit_reached"
        case .draining, .internalError, .authenticationFull: "proxy_internal_error"
        case .nameNotResolved: "dns_error"
        case .connectRefused: "connection_refused"
        case .connectTimedOut: "connection_timeout"
        case .tlsFailed: "tls_protocol_error"
        case .certificateRejected: "tls_certificate_error"
        case .connectionLost, .replayRefused, .streamRefused, .streamReset, .uploadAbandoned: "connection_terminated"
        case .responseTimedOut, .tryTimedOut, .totalTimedOut: "http_response_timeout"
        case .unwantedStatus: "http_request_error"
        case .idleTimedOut, .tunnelTimedOut: "connection_read_timeout"
        case .bodyNotTaken: "connection_write_timeout"
        case .tunnelBroken: "connection_terminated"
        case .protocolNotOffered: "http_upgrade_failed"
        case .invalidResponse: "http_protocol_error"
        case .responseHeadTooLarge: "http_response_header_section_size"
        case .responseTruncated, .streamCut: "http_response_incomplete"
        }
    }

    /// What it counts as in the metrics.
    var label: FailureReason {
        switch kind {
        case .malformedRequest, .methodNotAllowed, .headWithBody, .bodyTooLarge, .bodyTooLargeToSign, .refusedPath:
            .requestError
        case .headTooSlow, .bodyTooSlow: .requestTimeout
        case .clientLeft, .clientStoppedReading: .clientClosed
        case .noRoute: .noRoute
        case .addressDenied: .accessDenied
        case .unauthorized: .unauthorized
        case .tooManyRequests: .rateLimited
        case .tooManyConnections, .tooManyAtOnce: .clientLimit
        case .noBackendAvailable: .noBackend
        case .gatewayFull, .outOfDescriptors: .gatewayFull
        case .poolFull: .poolFull
        case .queueFull: .queueFull
        case .queueTimedOut: .queueTimeout
        case .draining: .draining
        case .internalError, .authenticationFull: .internalError
        case .nameNotResolved: .nameNotResolved
        case .connectRefused: .connectionRefused
        case .connectTimedOut: .connectionTimeout
        case .tlsFailed: .tlsError
        case .certificateRejected: .certificateError
        case .connectionLost, .replayRefused, .streamRefused, .streamReset, .uploadAbandoned, .tunnelBroken:
            .connectionTerminated
        case .responseTimedOut, .tryTimedOut, .totalTimedOut: .responseTimeout
        case .unwantedStatus: .unwantedStatus
        case .idleTimedOut, .tunnelTimedOut: .readTimeout
        case .bodyNotTaken: .writeTimeout
        case .protocolNotOffered: .upgradeFailed
        case .invalidResponse: .invalidResponse
        case .responseHeadTooLarge: .headerSize
        case .responseTruncated, .streamCut: .incompleteResponse
        }
    }

    /// What the `details` parameter of `Proxy-Status` says (RFC 9209 §2.1.5), where the type of the error does not say it.
    var proxyStatusDetails: StaticString? {
        switch refusal {
        case .budget: return "not retried: the retry budget is used up"
        case .limit: return "not retried: limits.active_retries is reached"
        case nil: break
        }
        return switch kind {
        case .poolFull(isAdaptive: false): "limits.active_requests is reached"
        case .poolFull: "the limit of adaptive_concurrency is reached"
        case .queueFull: "queue.size is reached"
        case .queueTimedOut: "queue.timeout has passed"
        default: nil
        }
    }

    /// Seconds for `Retry-After`, where trying again soon may help.
    var retryAfter: Int? {
        switch kind {
        // A health ping may bring a backend back by then.
        case .noBackendAvailable: 5
        case .gatewayFull, .draining, .outOfDescriptors, .tooManyConnections, .tooManyAtOnce, .authenticationFull,
            .poolFull, .queueFull, .queueTimedOut:
            1
        case .tooManyRequests(let seconds): seconds
        default: nil
        }
    }

    /// Whether nothing more may be read from the client's connection, because where its next request begins is unknown
    /// or not to be trusted.
    var endsConnection: Bool {
        switch kind {
        case .malformedRequest, .methodNotAllowed, .headWithBody, .bodyTooLarge, .bodyTooLargeToSign, .headTooSlow,
            .bodyTooSlow, .gatewayFull, .draining, .tooManyConnections, .refusedPath:
            true
        default: false
        }
    }
}
