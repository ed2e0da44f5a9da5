// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A port whose queue of unaccepted connections is full, so that a handshake with it never ends.
///
/// It is what a hung or firewalled host looks like, and the only way to see a connect timeout on loopback.
package final class StalledPort: Sendable {
    private let listener: Listener
    private let queued: [StreamSocket]

    /// Listens at `endpoint` and fills the queue.
    init(_ endpoint: Endpoint) throws {
        listener = try Listener(endpoint, backlog: 0)
        // With a backlog of 0 Linux queues one connection and drops the SYN of every further one.
        queued = try (0..<3).map { _ in
            let socket = StreamSocket(descriptor: try endpoint.makeSocket())
            let flags = fcntl(socket.descriptor, F_GETFL)
            _ = fcntl(socket.descriptor, F_SETFL, flags | O_NONBLOCK)
            _ = endpoint.withAddress { Glibc.connect(socket.descriptor, $0, $1) }
            return socket
        }
    }
}

extension FakeOrigin {
    /// Stops serving, and lets no handshake with its port end as long as the returned object lives.
    package func stall() throws -> StalledPort {
        stop()
        return try StalledPort(endpoint)
    }
}
