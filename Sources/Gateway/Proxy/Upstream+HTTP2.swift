// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// Connections that many requests share.
extension Upstream {
    /// A connection that acknowledges nothing for so long is dead. A request more or less has a connection of its own, and its
    /// own time limit; but all that share one would wait in vain, each for as long as it may, and others go on to join them.
    static let silenceLimit = 10_000

    /// A server over TLS need not have agreed to HTTP/2.
    func noteVersion(of transfer: Transfer) {
        guard let isShared = transfer.usedHTTP2 else { return }
        if !isShared { hasSeenHTTP1 = true }
        socket(transfer.socket)?.isShared = isShared
    }

    /// See ``Transfer/wasRefused``, which holds for HTTP/2 alone. A connection that is used again has been answered on before,
    /// and then it is known what it speaks.
    func wasRefused(_ transfer: Transfer) -> Bool { !hasSeenHTTP1 && transfer.wasRefused }

    /// The response may be over before the request is. libcurl stops sending then, but it ends the transfer only when it is told
    /// to go on with a body that was paused; and whether it has stopped cannot be seen on a socket that others use too.
    func watchForEnd(of transfer: Transfer) {
        halfOpen.append(transfer)
    }

    func lookForEnds() {
        for transfer in halfOpen where transfer.isActive && transfer.isSendingPaused { transfer.resumeSending() }
        context.markDue(self)
    }

    /// Nothing is wanted of the socket, and still it may be that of a transfer: libcurl does not say of each which it uses.
    func mayBeInUse(_ socket: UpstreamSocket) -> Bool { socket.isShared && inUse > 0 }
}
