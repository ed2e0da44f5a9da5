// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// How a connection begins: who it is from, and whether it may stay.
extension ClientConnection {
    /// Tells the client why it is not served; what it still sends is thrown away for a while, so that it can read that.
    func refuse(_ error: ProxyError) {
        worker.writeRefusal(error, to: socket)
        perform(machine.refused())
    }

    /// Its client waits for no answer.
    var isSilent: Bool {
        switch machine.phase {
        case .proxyHeader, .idle, .head, .lingering: true
        case .exchange, .flushing, .closed: false
        }
    }

    /// Is closed at once, since somebody else needs its place.
    func giveWay() { perform(machine.abort()) }

    /// Reads the PROXY protocol header that the connection begins with. `false` when nothing came, or it was none.
    func readProxyHeader() -> Bool {
        guard read() else { return false }
        let input = input
        switch input.withBytes(0..<input.end, { ProxyHeader.parse($0) }) {
        case .needMore: return true
        case .complete(let length, let source):
            input.consume(length)
            input.compact()
            return begin(from: source)
        case .invalid(let error):
            worker.complain(\.proxyHeader, "a connection from \(peer.text.string) is closed: \(error.reason)")
            perform(machine.broken())
            return false
        }
    }

    /// The connection is from `source`, if whoever says so may say so.
    private func begin(from source: ProxyHeader.Source) -> Bool {
        switch source {
        case .client(let address):
            // Only the loopback is let in untrusted, for `curlew healthcheck`, which speaks for itself.
            guard peer.isTrusted else {
                worker.complain(
                    \.proxyHeader,
                    "a PROXY protocol connection from \(peer.text.string) is closed: add it to trusted_proxies if it may say who its clients are"
                )
                perform(machine.broken())
                return false
            }
            peer = Peer(address, isTrusted: worker.context.generation.trusted.contains(address))
            machine.proxyHeaderComplete()
            worker.admit(self)
        case .proxy:
            // What the proxy does not vouch for is not its own word either: header fields that come this way may be
            // anybody's.
            peer = Peer(peer.address, isTrusted: false)
            machine.proxyHeaderComplete()
        }
        return machine.phase != .closed
    }
}
