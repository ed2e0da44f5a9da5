// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// What is known of one attempt when libcurl has ended it.
struct AttemptFacts {
    /// How often libcurl began to send the request: more than once means by its own decision.
    var sends = 0
    /// The final response head was complete.
    var hasHead = false
    /// The response is chunked and its end has not come.
    var lacksLastChunk = false
    /// The backend has switched protocols.
    var isTunnel = false
    /// The `errno` of a failed connect, 0 if there is none.
    var systemError: Int32 = 0
    /// Why the gateway could not even open a socket, as an `errno`; 0 if it could.
    var openError: Int32 = 0
    /// The connection had served another request before, so that it may have been dead without the backend being ill.
    var isReused = false
    /// Why a callback of ours ended the transfer, if one did.
    var ownReason: ProxyError?
    /// Why its answer passes though its status is one of those that are retried, where that is for want of a place.
    var refusal: RetryRefusal?

    /// Notes what is known once the transfer is over.
    mutating func note(_ code: CurlCode, of transfer: Transfer) {
        if code == .CURLE_COULDNT_CONNECT {
            systemError = transfer.systemError
            openError = transfer.openError
        }
        isReused = transfer.timings.isReused
    }
}

extension ProxyError {
    /// What a finished transfer amounts to; `nil` when its response is complete.
    init?(_ code: CurlCode, _ facts: AttemptFacts) {
        if let reason = facts.ownReason {
            self = reason
        } else if code == .CURLE_OK {
            if facts.lacksLastChunk {
                self.init(.responseTruncated, reason: "the response was cut short before its last chunk ended")
                return
            }
            if facts.hasHead { return nil }
            // libcurl reports success for a head that the end of the connection has cut off.
            self.init(.connectionLost, reason: "the connection was closed in the middle of the response head")
        } else if facts.isTunnel {
            self.init(.tunnelBroken, reason: "the backend broke the tunnel (\(code))")
        } else if facts.hasHead, code == .CURLE_HTTP2_STREAM {
            self.init(.streamCut)
        } else if facts.hasHead {
            self.init(.responseTruncated, reason: "the response was cut short (\(code))")
        } else if facts.sends == 0 {
            self = ProxyError.beforeSending(code, facts)
        } else {
            self = ProxyError.afterSending(code, facts)
        }
    }

    /// Nothing of the request has left the gateway.
    private static func beforeSending(_ code: CurlCode, _ facts: AttemptFacts) -> ProxyError {
        switch code {
        case .CURLE_COULDNT_RESOLVE_HOST: ProxyError(.nameNotResolved)
        case .CURLE_OPERATION_TIMEDOUT: ProxyError(.connectTimedOut)
        case .CURLE_SSL_CONNECT_ERROR: ProxyError(.tlsFailed, reason: "TLS could not be agreed on (\(code))")
        case .CURLE_SSL_CERTPROBLEM, .CURLE_SSL_CACERT_BADFILE:
            ProxyError(.tlsFailed, reason: "the backend's tls settings cannot be used (\(code))")
        case .CURLE_PEER_FAILED_VERIFICATION, .CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            ProxyError(.certificateRejected, reason: "\(code)")
        case .CURLE_COULDNT_RESOLVE_PROXY: ProxyError(.nameNotResolved, reason: "\(code)")
        case .CURLE_COULDNT_CONNECT where facts.openError != 0:
            ProxyError(
                .outOfDescriptors,
                reason: "the gateway could not open a connection: \(SystemError.text(of: facts.openError))"
            )
        case .CURLE_COULDNT_CONNECT where facts.systemError != 0:
            ProxyError(.connectRefused, reason: SystemError.text(of: facts.systemError))
        case .CURLE_COULDNT_CONNECT: ProxyError(.connectRefused)
        default: ProxyError(.connectRefused, reason: "\(code)")
        }
    }

    private static func afterSending(_ code: CurlCode, _ facts: AttemptFacts) -> ProxyError {
        switch code {
        // libcurl's own limits: 100 KB for a line is "out of memory" before 8.7, and 300 KB for all of them.
        case .CURLE_OUT_OF_MEMORY, .CURLE_TOO_LARGE: ProxyError(.responseHeadTooLarge)
        case .CURLE_UNSUPPORTED_PROTOCOL, .CURLE_WEIRD_SERVER_REPLY:
            ProxyError(.invalidResponse, reason: "the response is not valid HTTP (\(code))")
        case .CURLE_OPERATION_TIMEDOUT: ProxyError(.responseTimedOut)
        // libcurl wanted to send the request again, over another connection, and could not; or it did not even want to.
        case .CURLE_SEND_FAIL_REWIND: .deadConnection
        case .CURLE_RECV_ERROR, .CURLE_SEND_ERROR, .CURLE_GOT_NOTHING:
            facts.isReused ? .deadConnection : lost(code)
        case .CURLE_HTTP2_STREAM: ProxyError(.streamReset)
        case .CURLE_HTTP2:
            ProxyError(.connectionLost, reason: "the connection failed before a response (\(code))")
        default: ProxyError(.connectionLost)
        }
    }

    /// A reused connection turned out dead, and libcurl may not or cannot send the request again.
    static var deadConnection: ProxyError {
        ProxyError(.replayRefused, reason: "the connection was closed before a response")
    }

    private static func lost(_ code: CurlCode) -> ProxyError {
        switch code {
        case .CURLE_RECV_ERROR, .CURLE_SEND_ERROR:
            ProxyError(.connectionLost, reason: "Connection reset by peer before a response")
        default: ProxyError(.connectionLost)
        }
    }
}
