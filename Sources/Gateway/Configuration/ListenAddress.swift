// SPDX-License-Identifier: Apache-2.0

/// An address and TCP port that clients connect to.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// An IPv4 or IPv6 literal, without brackets.
    package var host: String
    /// The TCP port. 0 lets the kernel choose one, which tests use.
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// `0.0.0.0:3000`: every IPv4 interface, Curlew's own port.
    package static let `default` = ListenAddress(host: "0.0.0.0", port: 3000)

    /// `host:port`, with brackets around an IPv6 literal.
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
