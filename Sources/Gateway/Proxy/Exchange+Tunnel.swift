// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// A change of protocols (RFC 9110 §7.8), WebSocket above all: what follows a 101 goes both ways as it is.
///
/// It runs inside an ordinary transfer: libcurl believes that the request has a body of unknown length, is told that none
/// of it is there yet, and asks for it when the backend has answered 101. So waiting, back-pressure and TLS are those of
/// any request.
extension Exchange {
    /// Whether the request, which wants to change protocols, may.
    func asksForUpgrade(_ downstream: any Downstream) -> Bool {
        downstream.input.withBytes(0..<request.length) { request.asksForUpgrade(in: $0) }
    }

    /// The backend has answered 101.
    func switchProtocols() -> ReceiveDecision {
        guard let downstream else { return .abort }
        if let error = objection(downstream) {
            facts.ownReason = error
            return .abort
        }
        tunnel = .open
        facts.hasHead = true
        facts.isTunnel = true
        machine.responseBegan()
        summary.status = 101
        framing = .untilClose
        keepAlive = false
        deadlines.liftTotal()
        body.beginTunnel()
        downstream.tunnelBegan()
        let rewriter = self.rewriter
        rewriter.writeSwitching(to: downstream.output) { writeSeat(to: $0) }
        downstream.flushSoon()
        wait(for: .tunnel)
        // The client may have sent something already.
        context.resumeSendingSoon(self)
        return .taken
    }

    /// Why a 101 is no answer to this request. No byte of the client's goes to a backend of which it is not certain that it
    /// takes them for the protocol that the client speaks.
    private func objection(_ downstream: any Downstream) -> ProxyError? {
        guard tunnel == .asked else {
            return ProxyError(.invalidResponse, reason: "the backend switched protocols unasked (101)")
        }
        // RFC 9110 §8.6 and RFC 9112 §6.1 forbid both with 1xx, and libcurl would frame the tunnel by them.
        if response.isHTTP10 || response.contains(.contentLength) || response.contains(.transferEncoding) {
            return ProxyError(
                .invalidResponse,
                reason: "the 101 is not HTTP/1.1 or has a Content-Length or Transfer-Encoding field"
            )
        }
        let isAsAsked = downstream.input.withBytes(0..<request.length) {
            response.switches(asAskedBy: request, in: $0)
        }
        return isAsAsked ? nil : ProxyError(.protocolNotOffered)
    }

    /// The backend has answered otherwise: an ordinary response to a request without a body.
    func refuseTunnel() {
        tunnel = .refused
        // libcurl still waits for a body, and is told that it is over.
        context.resumeSendingSoon(self)
    }

    /// Moves some of what the client has sent.
    func fillTunnel(_ buffer: UnsafeMutableRawBufferPointer, _ downstream: any Downstream) -> SendDecision {
        switch tunnel {
        case .asked: return .pause
        case .refused, .backendFinished: return .end
        default: break
        }
        switch unsafe body.fill(buffer, from: downstream) {
        case .bytes(let count):
            wait(for: .tunnel)
            return .bytes(count)
        case .empty: return .pause
        case .end:
            tunnel = upstream?.canFinishSending == true ? .clientFinished : .clientLeft
            wait(for: .tunnel)
            context.resumeSendingSoon(self)
            return .end
        case .failed(let error):
            facts.ownReason = error
            return .abort
        }
    }

    /// What was put off until libcurl had returned.
    func continueSending() {
        guard let transfer else { return }
        if tunnel == .clientFinished {
            upstream?.finishSending(transfer, after: body.received)
        } else if transfer.isSendingPaused {
            transfer.resumeSending()
        } else if body.encoder.isDone {
            upstream?.sendOn(transfer)
        }
    }

    /// The client has left and the backend has said what it had to say. It can be told only by closing the connection.
    func leaveBackend() {
        endTransfer(cancelling: true)
        attemptEnded(nil)
    }

    /// The backend has finished sending, and everything it sent was handed on. libcurl sends nothing more once it has seen
    /// that, so this is the end; libcurl says whether it is a good one when it is told that nothing more is to be sent.
    func backendFinished() {
        if facts.isTunnel { tunnel = .backendFinished }
        context.resumeSendingSoon(self)
    }
}
