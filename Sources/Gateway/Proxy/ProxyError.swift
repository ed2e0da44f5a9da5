// SPDX-License-Identifier: Apache-2.0

/// Why a request has not been answered as its client wished: what happened, whose it was, and whether the request may go
/// to another backend.
struct ProxyError: Error, Equatable, Sendable {
    /// What happened.
    enum Kind: Equatable, Sendable {
        // The client
        case malformedRequest(ParseError)
        case methodNotAllowed
        case headWithBody
        case bodyTooLarge
        /// It must be whole to be signed, and is more than is kept of a body.
        case bodyTooLargeToSign
        case headTooSlow
        case bodyTooSlow
        case clientLeft
        case clientStoppedReading
        case tooManyConnections
        case noRoute
        case refusedPath(PathProblem)
        /// The network that its address is in may not come.
        case addressDenied
        /// Beyond a rate limit; there may be another in so many seconds.
        case tooManyRequests(retryAfter: Int)
        /// Beyond the requests that one client may have in flight.
        case tooManyAtOnce
        case unauthorized
        // The gateway
        case noBackendAvailable
        case gatewayFull
        case draining
        case internalError
        case outOfDescriptors
        /// More passwords are to be verified than can be.
        case authenticationFull
        /// The pool has as many requests as it may have.
        case poolFull(isAdaptive: Bool)
        /// Every backend has as many requests as it may have, and as many wait as may.
        case queueFull
        case queueTimedOut
        // The backend
        case nameNotResolved
        case connectRefused
        case connectTimedOut
        case tlsFailed
        case certificateRejected
        case connectionLost
        case replayRefused
        /// The backend has not even looked at this request, and says so (HTTP/2).
        case streamRefused
        /// The backend has given up on this request, and not on the connection (HTTP/2).
        case streamReset
        /// The backend has lost patience with a client that does not go on with its body.
        case uploadAbandoned
        case responseTimedOut
        /// It had no more time than an attempt may take, which need not be as long as a backend may take.
        case tryTimedOut
        /// It has answered with a status that is retried, and another backend is asked instead.
        case unwantedStatus
        case idleTimedOut
        /// The backend has taken nothing of the request body for too long.
        case bodyNotTaken
        case totalTimedOut
        case invalidResponse
        case responseHeadTooLarge
        case responseTruncated
        /// The backend has given up on the response, and not on the connection (HTTP/2).
        case streamCut
        case protocolNotOffered
        case tunnelTimedOut
        case tunnelBroken
    }

    /// Whose it was.
    enum Origin: Sendable {
        case client, gateway, backend
    }

    /// Whether the request may be sent to another backend.
    enum Retry: Sendable {
        /// Nothing of it was sent: any request may.
        case always
        /// It may have been acted upon: only one that may be repeated (RFC 9110 §9.2.2).
        case ifIdempotent
        case never
    }

    let kind: Kind
    /// What happened in words, for the log: the kernel's or libcurl's own where there are any.
    let reason: String
    /// Why there was no further attempt, where that is not because of what happened.
    private(set) var refusal: RetryRefusal?

    init(_ kind: Kind, reason: String? = nil) {
        self.kind = kind
        self.reason = reason ?? ProxyError.text(of: kind)
    }

    /// The same, for which there is no retry though it might be retried.
    func notRetried(_ refusal: RetryRefusal) -> ProxyError {
        var error = ProxyError(kind, reason: "\(reason), \(refusal.text)")
        error.refusal = refusal
        return error
    }

    var origin: Origin {
        switch kind {
        case .malformedRequest, .methodNotAllowed, .headWithBody, .bodyTooLarge, .bodyTooLargeToSign, .headTooSlow,
            .bodyTooSlow, .clientLeft, .clientStoppedReading, .tooManyConnections, .noRoute, .refusedPath,
            .addressDenied,
            .tooManyRequests, .tooManyAtOnce, .unauthorized:
            .client
        case .noBackendAvailable, .gatewayFull, .draining, .internalError, .outOfDescriptors, .authenticationFull,
            .poolFull, .queueFull, .queueTimedOut:
            .gateway
        default: .backend
        }
    }

    var retry: Retry {
        switch kind {
        case .nameNotResolved, .connectRefused, .connectTimedOut, .tlsFailed, .certificateRejected, .streamRefused:
            .always
        case .connectionLost, .replayRefused, .streamReset, .responseTimedOut, .tryTimedOut, .unwantedStatus,
            .invalidResponse:
            .ifIdempotent
        default: .never
        }
    }

    /// The condition in a pool's `retry.on` that this failure falls under.
    var retryCondition: RetryConfiguration.Condition? {
        switch kind {
        case .nameNotResolved, .connectRefused, .connectTimedOut, .tlsFailed, .certificateRejected, .streamRefused:
            .connect
        case .connectionLost, .replayRefused, .streamReset, .invalidResponse: .reset
        case .responseTimedOut, .tryTimedOut: .timeout
        default: nil
        }
    }

    /// The backend has closed the connection before a response.
    var isLostConnection: Bool { kind == .connectionLost || kind == .replayRefused }

    /// Whether it shows that the backend is not well, so that it is taken out of rotation.
    ///
    /// A reused connection that turns out dead does not: the backend may just have closed it as idle. Nor does a response
    /// that took longer than the client had time for in all, or one that is merely more than the gateway takes. Silence
    /// within a response may be an event stream without events; if it is more, a ping will tell.
    var speaksAgainstBackend: Bool {
        switch kind {
        case .replayRefused, .uploadAbandoned, .totalTimedOut, .responseHeadTooLarge, .idleTimedOut,
            .bodyNotTaken:
            false
        // It is there, and speaks. If it does so to every request, a ping will tell.
        case .streamRefused, .streamReset, .streamCut: false
        // Answers, and how long they take, are what outliers are found by.
        case .tryTimedOut, .unwantedStatus: false
        // How an application ends a tunnel says nothing of its health, and a client must not be able to take a backend out
        // of rotation by what it offers.
        case .protocolNotOffered, .tunnelTimedOut, .tunnelBroken: false
        default: origin == .backend
        }
    }

    /// The backend was given the time for an answer and has not made one.
    var isLackOfAnswer: Bool { speaksAgainstBackend && kind != .responseTruncated || kind == .tryTimedOut }

    private static func text(of kind: Kind) -> String {
        switch kind {
        case .malformedRequest(let error): "\(error.reason)"
        case .methodNotAllowed: "CONNECT is not offered: this gateway opens no tunnels for clients"
        case .headWithBody: "a HEAD request may not have a body"
        case .bodyTooLarge: "the request body is larger than limits.body_bytes"
        case .bodyTooLargeToSign:
            "the request body is larger than retry.body_buffer, and must be whole to be signed (aws_sigv4)"
        case .headTooSlow: "the client took too long to send its request head"
        case .bodyTooSlow: "the client took too long to send its request body"
        case .clientLeft: "the client closed the connection"
        case .clientStoppedReading: "the client stopped reading the response"
        case .noRoute: "no route matches the request"
        case .refusedPath(let problem): problem.reason
        case .tooManyConnections: "all connections that limits.connections_per_client allows one client are taken"
        case .addressDenied: "your address may not come here"
        case .tooManyRequests: "too many requests"
        case .tooManyAtOnce: "all requests that concurrency_per_client allows one client are in flight"
        case .unauthorized: "a user name and a password are needed"
        case .authenticationFull: "more passwords are to be verified than can be"
        case .noBackendAvailable: "no backend is available"
        case .gatewayFull: "all connections that limits.connections allows are taken"
        case .draining: "the gateway is shutting down"
        case .outOfDescriptors: "the gateway could not open a connection"
        case .internalError: "the gateway could not set up the transfer"
        case .poolFull(isAdaptive: false): "the pool has as many requests as its limits.active_requests allows"
        case .poolFull: "the pool has as many requests as it can answer without delay (adaptive_concurrency)"
        case .queueFull: "every backend is at its max_connections, and as many requests wait as queue.size allows"
        case .queueTimedOut: "no backend had room in time (queue.timeout)"
        default: backendText(of: kind)
        }
    }

    private static func backendText(of kind: Kind) -> String {
        switch kind {
        case .nameNotResolved: "the backend's name could not be resolved"
        case .connectRefused: "Connection refused"
        case .connectTimedOut: "the connection was not made in time"
        case .tlsFailed: "TLS could not be agreed on"
        case .certificateRejected: "the certificate could not be verified"
        case .connectionLost: "the connection was closed before a response"
        case .replayRefused: "the connection was closed before a response, and the request may not be sent twice"
        case .streamRefused: "the backend refused the request before it looked at it"
        case .streamReset: "the backend reset the stream of the request before a response"
        case .uploadAbandoned: "the backend closed the connection while the client was still to send its request body"
        case .responseTimedOut: "no response in time"
        case .tryTimedOut: "no response within retry.per_try_timeout"
        case .unwantedStatus: "the answer's status is one that is retried"
        case .idleTimedOut: "the response stalled"
        case .bodyNotTaken: "the backend took no more of the request body"
        case .totalTimedOut: "the exchange took longer than timeouts.total"
        case .responseHeadTooLarge: "the response has more header fields, or larger ones, than the gateway takes"
        case .invalidResponse: "the response is not valid HTTP"
        case .protocolNotOffered: "the backend switched to a protocol that the client had not offered (101)"
        case .tunnelTimedOut: "the tunnel was silent for too long"
        case .tunnelBroken: "the backend broke the tunnel"
        case .streamCut: "the backend reset the stream of the request in the middle of its response"
        default: "the response was cut short"
        }
    }
}
