// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import Glibc
import Testing

@testable import Gateway

@Suite struct ProxyErrorTests {
    private static let kinds: [ProxyError.Kind] = [
        .malformedRequest(.badTarget), .methodNotAllowed, .headWithBody, .bodyTooLarge, .headTooSlow, .bodyTooSlow,
        .clientLeft, .clientStoppedReading, .tooManyConnections, .noBackendAvailable, .gatewayFull, .draining,
        .internalError, .queueFull, .queueTimedOut,
        .nameNotResolved, .connectRefused, .connectTimedOut, .tlsFailed, .certificateRejected, .connectionLost,
        .replayRefused, .responseTimedOut, .idleTimedOut, .bodyNotTaken, .totalTimedOut, .invalidResponse,
        .responseTruncated,
        .protocolNotOffered, .tunnelTimedOut, .tunnelBroken,
    ]

    private func facts(sends: Int = 1, head: Bool = false, reused: Bool = false, system: Int32 = 0) -> AttemptFacts {
        var facts = AttemptFacts()
        facts.sends = sends
        facts.hasHead = head
        facts.isReused = reused
        facts.systemError = system
        return facts
    }

    // MARK: What libcurl says

    @Test(arguments: [
        (CurlCode.CURLE_COULDNT_RESOLVE_HOST, ProxyError.Kind.nameNotResolved),
        (.CURLE_COULDNT_CONNECT, .connectRefused), (.CURLE_OPERATION_TIMEDOUT, .connectTimedOut),
        (.CURLE_SSL_CONNECT_ERROR, .tlsFailed), (.CURLE_PEER_FAILED_VERIFICATION, .certificateRejected),
        (.CURLE_SSL_CACERT_BADFILE, .tlsFailed), (.CURLE_SSL_PINNEDPUBKEYNOTMATCH, .certificateRejected),
        // One that there is no word for.
        (.CURLE_RECV_ERROR, .connectRefused), (CurlCode(rawValue: 96), .connectRefused),
    ])
    func beforeAnythingWasSentAnyRequestMayBeRetried(code: CurlCode, kind: ProxyError.Kind) {
        let error = ProxyError(code, facts(sends: 0))
        #expect(error?.kind == kind)
        #expect(error?.retry == .always)
    }

    @Test(arguments: [
        (CurlCode.CURLE_GOT_NOTHING, ProxyError.Kind.connectionLost), (.CURLE_RECV_ERROR, .connectionLost),
        (.CURLE_SEND_ERROR, .connectionLost), (.CURLE_SEND_FAIL_REWIND, .replayRefused),
        (.CURLE_OPERATION_TIMEDOUT, .responseTimedOut), (.CURLE_WEIRD_SERVER_REPLY, .invalidResponse),
        (.CURLE_UNSUPPORTED_PROTOCOL, .invalidResponse), (.CURLE_HTTP2_STREAM, .streamReset),
        (.CURLE_HTTP2, .connectionLost),
        // libcurl has sent it, found the connection dead, and could not make another one.
        (.CURLE_COULDNT_CONNECT, .connectionLost),
    ])
    func afterSendingOnlyWhatMayBeRepeatedIs(code: CurlCode, kind: ProxyError.Kind) {
        let error = ProxyError(code, facts())
        #expect(error?.kind == kind)
        #expect(error?.retry == .ifIdempotent)
    }

    @Test(arguments: [CurlCode.CURLE_GOT_NOTHING, .CURLE_RECV_ERROR, .CURLE_SEND_ERROR, .CURLE_SEND_FAIL_REWIND])
    func aDeadReusedConnectionSaysNothingAgainstItsBackend(code: CurlCode) {
        #expect(ProxyError(code, facts(reused: true))?.speaksAgainstBackend == false)
        #expect(ProxyError(code, facts(reused: true))?.retry == .ifIdempotent)
    }

    @Test(arguments: [
        CurlCode.CURLE_PARTIAL_FILE, .CURLE_RECV_ERROR, .CURLE_GOT_NOTHING, .CURLE_OPERATION_TIMEDOUT,
        .CURLE_SEND_ERROR,
    ])
    func afterTheHeadEveryFailureIsATruncation(code: CurlCode) {
        let error = ProxyError(code, facts(head: true))
        #expect(error?.kind == .responseTruncated)
        #expect(error?.retry == .never)
    }

    @Test func successNeedsTheEndOfTheHead() {
        #expect(ProxyError(.CURLE_OK, facts(head: true)) == nil)
        let cut = ProxyError(.CURLE_OK, facts())
        #expect(cut?.kind == .connectionLost)
        #expect(cut?.retry == .ifIdempotent)
    }

    @Test func ourOwnReasonCountsWhateverLibcurlMakesOfIt() {
        for code in [CurlCode.CURLE_OK, .CURLE_WRITE_ERROR, .CURLE_ABORTED_BY_CALLBACK] {
            var facts = facts(head: true)
            facts.ownReason = ProxyError(.clientLeft)
            #expect(ProxyError(code, facts) == ProxyError(.clientLeft))
        }
    }

    @Test func aRefusedConnectionSpeaksTheKernelsWords() {
        let refused = ProxyError(.CURLE_COULDNT_CONNECT, facts(sends: 0, system: ECONNREFUSED))
        #expect(refused?.reason == "Connection refused")
        let unreachable = ProxyError(.CURLE_COULDNT_CONNECT, facts(sends: 0, system: EHOSTUNREACH))
        #expect(unreachable?.reason == "No route to host")
    }

    // MARK: What the client is told

    @Test(arguments: kinds) func everyFailureHasAStatusATokenAndAReason(kind: ProxyError.Kind) {
        // RFC 9209 §2.3.
        let tokens = [
            "dns_timeout", "dns_error", "destination_not_found", "destination_unavailable",
            "destination_ip_prohibited", "destination_ip_unroutable", "connection_refused", "connection_terminated",
            "connection_timeout", "connection_read_timeout", "connection_write_timeout", "connection_limit_reached",
            "tls_protocol_error", "tls_certificate_error", "tls_alert_received", "http_request_error",
            "http_request_denied", "http_response_incomplete", "http_response_timeout", "http_upgrade_failed",
            "http_protocol_error",
            "proxy_internal_response", "proxy_internal_error", "proxy_configuration_error", "proxy_loop_detected",
        ]
        let error = ProxyError(kind)
        #expect(tokens.contains("\(error.proxyStatusToken)"))
        #expect(!error.reason.isEmpty)
        switch error.origin {
        case .client: #expect((400..<500).contains(error.status))
        case .gateway: #expect([500, 503].contains(error.status))
        case .backend: #expect([502, 504].contains(error.status))
        }
    }

    @Test func theStatusesOfTheTableOfErrors() {
        let statuses: [(ProxyError.Kind, Int)] = [
            (.malformedRequest(.badTarget), 400), (.malformedRequest(.requestLineTooLong), 414),
            (.malformedRequest(.headTooLarge), 431), (.bodyTooLarge, 413), (.headTooSlow, 408), (.bodyTooSlow, 408),
            (.methodNotAllowed, 405), (.tooManyConnections, 429), (.noBackendAvailable, 503), (.gatewayFull, 503),
            (.connectRefused, 502),
            (.connectionLost, 502), (.replayRefused, 502), (.invalidResponse, 502), (.tlsFailed, 502),
            (.connectTimedOut, 504), (.responseTimedOut, 504), (.idleTimedOut, 504), (.totalTimedOut, 504),
            (.bodyNotTaken, 504),
        ]
        for (kind, status) in statuses { #expect(ProxyError(kind).status == status, "\(kind)") }
    }

    @Test func silenceAndAFullSocketAreToldApart() {
        #expect("\(ProxyError(.idleTimedOut).proxyStatusToken)" == "connection_read_timeout")
        #expect("\(ProxyError(.bodyNotTaken).proxyStatusToken)" == "connection_write_timeout")
        // Some of the body is gone, and what the backend has made of it nobody knows.
        #expect(ProxyError(.bodyNotTaken).retry == .never)
    }

    @Test(arguments: kinds) func retryAfterComesWith429And503Alone(kind: ProxyError.Kind) {
        #expect((ProxyError(kind).retryAfter != nil) == [429, 503].contains(ProxyError(kind).status))
    }

    /// Only a backend's own failure takes it out of rotation.
    @Test(arguments: kinds) func onlyBackendsAreBlamedForThemselves(kind: ProxyError.Kind) {
        let error = ProxyError(kind)
        if error.speaksAgainstBackend { #expect(error.origin == .backend) }
    }
}
