// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// The request body on its way to libcurl, or to nowhere.
extension Exchange {
    /// What becomes of what the client sends of its body.
    enum BodyFate {
        /// It goes to the backend.
        case forwarded
        /// The answer is there and says that the request failed. libcurl sends no more, but the client may look at the answer
        /// only when it has sent everything, so what it sends is read and thrown away.
        case dropped
        /// The client has ended its side, and there is nothing more to read.
        case ended
        /// The backend has closed, so libcurl is told that this was all, to have it say whether the response was whole.
        case cutOff
    }

    func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> SendDecision {
        guard let downstream else { return .abort }
        if tunnel != .none { return unsafe fillTunnel(buffer, downstream) }
        guard bodyFate == .forwarded else { return bodyFate == .cutOff ? .end : .pause }
        if let heldBack { return unsafe giveBack(heldBack, buffer) }
        let source = sourceOfBody(transfer, downstream)
        let wasComplete = body.isComplete
        let outcome =
            source >= 0
            ? body.splice(buffer.count, from: downstream)
            : body.framing == .chunked && !layout.isBodyOpen
                ? unsafe body.fillChunked(buffer, from: downstream, of: request)
                : unsafe body.fill(buffer, from: downstream)
        if body.isComplete && !wasComplete { downstream.requestBodyEnded() }
        switch outcome {
        case .bytes(let count):
            if duties.contains(.mirroring) {
                unsafe addToCopy(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
            if hasAnswerArrived(transfer) {
                unsafe holdBack(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                return .pause
            }
            // libcurl does not know the end of a body that is framed already until it has asked once more. Should an error
            // answer come first, it would think that it had not sent everything, and close the connection.
            if body.encoder.isDone {
                transfer.bodyEnds()
                context.resumeSendingSoon(self)
            }
            if facts.hasHead {
                wait(for: .responseBody)
            } else {
                wait(for: body.isComplete ? .firstByte : .backendTakesBody)
            }
            return source < 0 ? .bytes(count) : .spliced(count, from: source)
        case .empty:
            askForBody(downstream)
            // Asked again, it has waited all along.
            if !facts.hasHead && deadlines.waiting != .clientBody { wait(for: .clientBody) }
            return .pause
        case .end:
            if duties.contains(.mirroring), layout.isBodyOpen { endCopy() }
            if !facts.hasHead { wait(for: .firstByte) }
            return .end
        case .failed(let error):
            facts.ownReason = error
            return .abort
        }
    }

    /// The backend is ready for the body, so the client that waits for leave gets it now (RFC 9110 §10.1.1).
    func askForBody(_ downstream: any Downstream) {
        guard request.expectsContinue, body.received == 0, !hasSaidContinue, !facts.hasHead else { return }
        hasSaidContinue = true
        downstream.output.append("HTTP/1.1 100 Continue\r\n\r\n")
        downstream.flushSoon()
    }

    // MARK: Answers that come before the request is complete

    /// A backend that refuses an upload may answer and, with the upload unread, reset the connection at once. If libcurl
    /// sent between the two it would fail without having read the answer, and it goes from filling its buffer straight to
    /// sending. Where that cannot be helped, as with TLS, this looks first.
    private func hasAnswerArrived(_ transfer: Transfer) -> Bool {
        // By HTTP/2 what arrives may be anybody's, and a stream can be refused without the connection.
        !facts.hasHead && !transfer.readsAnswerBeforeItFails && transfer.socket >= 0
            && upstream?.backend.speaksHTTP2 == false
            && Socket(descriptor: transfer.socket).hasInput
    }

    /// Keeps what was to be sent until libcurl has looked at what has arrived.
    private func holdBack(_ piece: UnsafeRawBufferPointer) {
        let held = ByteBuffer(capacity: piece.count)
        unsafe held.append(piece)
        heldBack = held
        context.resumeSendingSoon(self)
    }

    private func giveBack(_ held: ByteBuffer, _ buffer: UnsafeMutableRawBufferPointer) -> SendDecision {
        let count = min(held.count, buffer.count)
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: held.pending[..<count]))
        held.consume(count)
        if held.isEmpty { heldBack = nil }
        return .bytes(count)
    }

    /// The answer is an error, so the rest of the request goes nowhere.
    func dropRestOfBody() {
        bodyFate = .dropped
        // The backend has not read the rest, and must not take it for another request.
        if !response.isHTTP2 { transfer?.forbidReuse() }
        // libcurl before 8.8 does not notice the end of the answer while the upload is paused.
        context.resumeSendingSoon(self)
        downstream?.readSoon()
    }

    /// The backend has closed while the upload is paused.
    func transferPeerClosed(_ transfer: Transfer) {
        if facts.isTunnel || tunnel == .refused { return backendFinished() }
        guard facts.hasHead else {
            return fail(transfer.isOnNewConnection ? ProxyError(.connectionLost) : deadConnection)
        }
        guard !CurlLibrary.endsPausedUploads else {
            // It came behind the response, or else libcurl would have ended the transfer.
            endTransfer(cancelling: true)
            return attemptEnded(nil)
        }
        guard bodyFate != .cutOff else { return fail(ProxyError(.responseTruncated)) }
        bodyFate = .cutOff
        transfer.forbidReuse()
        context.resumeSendingSoon(self)
    }

    /// Throws away what has come of the body.
    func dropBody() {
        guard bodyFate == .dropped, let downstream else { return }
        for _ in 0..<16 {
            downstream.input.consume(downstream.input.count)
            switch downstream.receiveInput() {
            case .bytes: break
            case .wouldBlock: return
            case .endOfStream, .failed:
                bodyFate = .ended
                return
            }
        }
        // Others must have their turn.
        downstream.readSoon()
    }
}
