// SPDX-License-Identifier: Apache-2.0

/// An address and TCP port that clients connect to.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// An IPv4 or IPv6 literal, without brackets.
    package var host: String
    /// The TCP port. 0 lets the kernel choose one, which tests use.
    package var port: UInt16
    /// Each connection begins with a PROXY protocol header, which names the client; only those of trusted proxies are
    /// taken. Default `false`.
    package var proxyProtocol: Bool

    package init(host: String, port: UInt16, proxyProtocol: Bool = false) {
        self.host = host
        self.port = port
        self.proxyProtocol = proxyProtocol
    }

    /// `0.0.0.0:3000`: every IPv4 interface, Curlew's own port.
    package static let `default` = ListenAddress(host: "0.0.0.0", port: 3000)

    /// `host:port`, with brackets around an IPv6 literal.
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Whether nobody can listen on both at once: they have a port in common, and one of them is the other's address or every
    /// address of its kind. `[::]` takes IPv6 alone, so `0.0.0.0` may stand beside it; see `Listener`.
    package func collides(with other: ListenAddress) -> Bool {
        // Port 0 is another port each time.
        guard port != 0, port == other.port, host.contains(":") == other.host.contains(":"),
            let own = IPAddress(host), let others = IPAddress(other.host)
        else { return false }
        let everything = host.contains(":") ? IPAddress(high: 0, low: 0) : IPAddress(ipv4: 0)
        return own == others || own == everything || others == everything
    }

    /// Only this machine reaches it.
    package var isLoopback: Bool { IPAddress(host)?.isLoopback == true }
}
