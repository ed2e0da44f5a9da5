// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A port of 127.0.0.1 that belongs to the test and refuses every connection.
///
/// It is bound but does not listen. Binding, noting the port and closing again would leave it to whoever asks next;
/// worse, a client that connects to a free port may be given that very port and meet itself.
package final class ReservedPort: Sendable {
    private let descriptor: Int32
    package let endpoint: Endpoint

    package init() throws {
        let any = Endpoint.tcp(port: 0)
        let descriptor = try any.makeSocket()
        self.descriptor = descriptor
        ReservedPort.allowReuse(descriptor)
        guard any.withAddress({ bind(descriptor, $0, $1) }) == 0 else { throw KitError.last("bind") }
        endpoint = .tcp(port: Endpoint.port(of: descriptor))
    }

    deinit {
        close(descriptor)
    }

    /// The URL of a backend that refuses connections.
    package var url: String { endpoint.url }

    /// Linux lets several sockets with this option bind one port as long as none of the others listens.
    static func allowReuse(_ descriptor: Int32) {
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    }
}
