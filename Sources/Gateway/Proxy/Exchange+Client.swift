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
        if case .waiting = collecting { return collectBody() }
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
        if ticket != nil { return failVerification(error) }
        if case .waiting = collecting { return failVerification(error) }
        leaveQueue()
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
        let client = RequestRewriter.client(of: request, in: proxy.input, trusted: context.generation.trusted)
        guard let client else { return }
        namedClient = client
        summary.client = AddressText(client)
    }
}
