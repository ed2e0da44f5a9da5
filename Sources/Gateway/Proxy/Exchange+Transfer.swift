// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// What libcurl tells the exchange. All but the last two are called from inside libcurl: they may talk to the client,
/// and must not call libcurl.
extension Exchange: TransferDelegate {
    func transfer(_ transfer: Transfer, willSendAttempt attempt: Int) -> Bool {
        facts.sends = attempt
        if attempt > 1 && !mayResend(transfer) { return false }
        wait(for: body.isComplete ? .firstByte : .backendTakesBody)
        return true
    }

    func transfer(_ transfer: Transfer, receivedLine line: Span<UInt8>) -> ReceiveDecision {
        if firstByte == 0 { firstByte = MonotonicTime.now().nanoseconds(since: attemptBegan) }
        switch responseParser.append(line: line, to: response) {
        case .more: return .taken
        case .informationalComplete(let status):
            if response.isOdd { transfer.forbidReuse() }
            return informational(status)
        case .complete:
            if duties.contains(.judging), let error = objectionToAnswer() {
                facts.ownReason = error
                return .abort
            }
            if response.status == 101 { return switchProtocols() }
            headComplete()
            return .taken
        case .trailer: return receivedTrailer(line)
        case .invalid(.malformed(.headTooLarge)), .invalid(.malformed(.tooManyFields)):
            facts.ownReason = ProxyError(.responseHeadTooLarge)
            return .abort
        case .invalid(let error):
            facts.ownReason = ProxyError(.invalidResponse, reason: "the response is not valid HTTP: \(error.reason)")
            return .abort
        }
    }

    /// Writes what the client gets of ``response``.
    var rewriter: ResponseRewriter {
        ResponseRewriter(
            response: response,
            isHTTP10: request.isHTTP10,
            isHead: request.isHead,
            takesTrailers: request.takesTrailers,
            edits: target?.edits,
            ownCookie: foreignSeat
        )
    }

    /// The final response head is complete, and it is the answer.
    func headComplete() {
        guard let downstream else { return }
        if duties.contains(.cleaningUp) { dropHedge() }
        facts.hasHead = true
        machine.responseBegan()
        summary.status = response.status
        // A connection that has spoken HTTP/1.0 would get the next request as HTTP/1.0, and none that needs chunks.
        if response.isOdd || response.isHTTP10 { transfer?.forbidReuse() }
        let rewriter = self.rewriter
        framing = rewriter.framing
        if response.framing == .chunked || response.isHTTP2 { responseChunks.reset() }
        // A response that comes before the request is complete leaves the rest of the request unread.
        if framing == .untilClose || !body.isComplete { keepAlive = false }
        if !downstream.mayKeepAlive { keepAlive = false }
        if response.status >= 300 && !body.isComplete { dropRestOfBody() }
        // A request for a tunnel has no body, but its upload is paused all the same, and before 8.8 libcurl does not notice
        // then that the answer is complete.
        if response.status >= 300 && body.isComplete && transfer?.isSendingPaused == true {
            context.resumeSendingSoon(self)
        }
        if response.isHTTP2, !body.isComplete, let transfer { upstream?.watchForEnd(of: transfer) }
        if body.framing != .none { transfer?.answerBegins() }
        if tunnel == .asked { refuseTunnel() }
        rewriter.write(to: downstream.output, keepAlive: keepAlive, date: context.wallClock.httpDate(.now())) {
            writeAdmissionFields(to: $0)
            writeSeat(to: $0)
            if duties.contains(.excusing) { writeExcuse(to: $0) }
        }
        downstream.flushSoon()
        if mayBeSpliced { splice(to: downstream) }
        wait(for: .responseBody)
    }

    func transfer(_ transfer: Transfer, receivedBody bytes: UnsafeRawBufferPointer) -> ReceiveDecision {
        guard let downstream else { return .abort }
        // A chunk of no bytes would end the response.
        if unsafe bytes.isEmpty { return .taken }
        guard !downstream.isCongested else {
            wait(for: .clientReads)
            return .pause
        }
        let error =
            response.framing == .chunked && !facts.isTunnel
            ? unsafe relayChunks(bytes, downstream) : unsafe relay(bytes, downstream, moreFollows: isCut(bytes))
        if let error {
            facts.ownReason = error
            return .abort
        }
        wait(for: .responseBody)
        return .taken
    }

    /// libcurl hands on at most so much at once, so more of what it has received follows at once.
    ///
    /// Of long responses nothing is gathered: their clients are better kept busy with one piece after another than woken
    /// for each heap of them.
    private func isCut(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if case .length(Exchange.longResponse...) = response.framing { return false }
        return bytes.count == CurlLibrary.largestPiece && summary.bytesOut < Exchange.longResponse
    }

    /// Where gathering stops to pay, in bytes.
    private static let longResponse: UInt64 = 128 * 1024

    private func relay(
        _ bytes: UnsafeRawBufferPointer,
        _ downstream: any Downstream,
        moreFollows: Bool
    ) -> ProxyError? {
        summary.bytesOut += UInt64(bytes.count)
        let stands = unsafe downstream.send(bytes, asChunk: framing == .chunked, moreFollows: moreFollows)
        return stands ? nil : ProxyError(.clientLeft)
    }

    /// Hands on the data in some of a chunked body. The chunks themselves are the backend's affair: the client's are made anew.
    private func relayChunks(_ bytes: UnsafeRawBufferPointer, _ downstream: any Downstream) -> ProxyError? {
        var done = 0
        while true {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            switch responseChunks.next(unsafe Span(_unsafeBytes: rest)) {
            case .data(let skip, let length):
                let data = unsafe UnsafeRawBufferPointer(rebasing: rest[skip..<skip + length])
                done += skip + length
                let moreFollows = unsafe done < bytes.count || isCut(bytes)
                if let error = unsafe relay(data, downstream, moreFollows: moreFollows) { return error }
            case .needMore: return nil
            case .end(let consumed):
                // What is behind the end is nobody's, and who sends it may send more.
                if done + consumed < bytes.count { transfer?.forbidReuse() }
                return nil
            case .invalid(let error):
                return ProxyError(.responseTruncated, reason: "the response's chunks are broken: \(error.reason)")
            }
        }
    }

    func transferAnsweredEarly(_ transfer: Transfer) {
        // TLS says that it is the end ahead of the socket, which may stay open for long.
        if facts.isTunnel || tunnel == .refused { return backendFinished() }
        guard facts.hasHead, framing == .chunked, response.framing != .chunked || responseChunks.isComplete,
            let downstream
        else { return }
        // The client may wait for the end of its answer before it goes on with its request, or gives up on it.
        endChunks(of: downstream)
    }

    /// All of the response that there is was handed to the client, as far as its framing says so.
    var isResponseWhole: Bool {
        guard facts.hasHead, !facts.isTunnel else { return false }
        return switch response.framing {
        case .none: true
        case .length(let length): summary.bytesOut == length
        case .chunked: haveChunksEnded
        case .untilClose: false
        }
    }

    func transferFinished(_ transfer: Transfer, _ code: CurlCode) {
        facts.note(code, of: transfer)
        if code != .CURLE_OK, facts.ownReason == nil { failureWords = transfer.explanation(of: code) }
        if code == .CURLE_OK, response.isHTTP2 { trailersEnd() }
        // libcurl is content with less than the whole end.
        facts.lacksLastChunk = facts.hasHead && response.framing == .chunked && !responseChunks.isComplete
        let error = ProxyError(code, facts)
        endTransfer(cancelling: false)
        attemptEnded(error)
    }
}
