// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti
internal import Reactor

/// What the client's side tells the exchange. None of it is called from inside libcurl.
extension Exchange {
    /// There may be more of the request body.
    func clientReadable() {
        if context.responder != nil { return receiveLocally() }
        // What comes ahead of the backend's answer is for the protocol that the backend may switch to, or for the next
        // request: it stays where it is until that is known.
        if tunnel == .asked { return }
        if bodyFate == .forwarded { transfer?.resumeSending() } else { dropBody() }
    }

    /// The client has taken all that it was sent.
    func clientWritable() {
        if context.responder != nil { return sendLocally() }
        guard let transfer, transfer.isReceivingPaused else { return }
        wait(for: .responseBody)
        transfer.resumeReceiving()
    }

    /// The client has taken some of what it was sent, and not yet all.
    ///
    /// - Returns: Whether it was waited for, and still may be.
    func clientTookSome() -> Bool {
        guard deadlines.waiting == .clientReads || facts.isTunnel else { return false }
        wait(for: .clientReads)
        return deadlines.deadline > context.loop.now
    }

    /// The client is gone: whatever the backend does for it is wasted.
    func clientLeft() {
        fail(ProxyError(.clientLeft))
    }

    /// Ends the attempt that is under way because of `error`.
    func fail(_ error: ProxyError) {
        guard !machine.isOver else { return }
        if context.responder != nil { return failLocally(error) }
        facts.ownReason = error
        endTransfer(cancelling: true)
        attemptEnded(error)
    }

    /// The request head is not one: answer and close.
    func reject(_ error: ProxyError) {
        answer(error)
    }

    /// Has the log name the client that a trusted proxy speaks for.
    func nameClient(behind proxy: any Downstream) {
        let client = RequestRewriter.client(of: request, in: proxy.input, trusted: context.trusted)
        if let client { summary.client = AddressText(client) }
    }

    // MARK: Requests to the gateway itself

    /// Max-Forwards says that this request is for the first that it meets (RFC 9110 §7.6.2).
    var asksTheGatewayItself: Bool {
        guard let field = request.first(.maxForwards), let downstream else { return false }
        return downstream.input.withBytes(field.value) { ASCII.decimal($0, 0..<$0.count) } == 0
    }

    /// Answers `OPTIONS *` that may not be forwarded: the gateway is there. This is how `curlew healthcheck` asks.
    func answerForTheGateway() {
        guard let downstream else { return }
        downstream.input.start = request.length
        body.begin(request.framing, keeping: 0)
        if body.isComplete { downstream.requestBodyEnded() }
        keepAlive = request.keepAlive && body.isComplete && !request.isHTTP10 && downstream.mayKeepAlive
        summary.status = 200
        let date = context.wallClock.httpDate(.now())
        let output = downstream.output
        output.append("HTTP/1.1 200 OK\r\nDate: ")
        output.append(date.span)
        output.append("\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE\r\nContent-Length: 0")
        output.append(keepAlive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n")
        machine.answered()
        // Not in the log: it was no request to a backend, and a container's health check asks every few seconds.
        downstream.flushSoon()
        downstream.responseEnded(keepAlive: keepAlive)
    }
}
