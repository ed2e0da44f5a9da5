// SPDX-License-Identifier: Apache-2.0

/// How long the parts of an upstream exchange may take.
package struct TimeoutsConfiguration: Sendable, Equatable {
    /// Name lookup, TCP and TLS together, for each attempt. Default 3 s.
    package var connect: Duration
    /// From the end of the request to the first byte of the response. Default 30 s.
    package var firstByte: Duration
    /// Without a byte in either direction, once the response has begun. Default 60 s.
    package var idle: Duration
    /// The whole exchange, retries included, but for tunnels and event streams. `nil` sets no limit. Default 1 h.
    package var total: Duration?
    /// A tunnel (after 101) through which nothing has gone in either direction for so long is closed. Default 1 h.
    package var tunnel: Duration
    /// A connection to a backend that no request has used for so long is closed. Default 60 s.
    package var keepAlive: Duration

    package init(
        connect: Duration = .seconds(3),
        firstByte: Duration = .seconds(30),
        idle: Duration = .seconds(60),
        total: Duration? = .seconds(3600),
        tunnel: Duration = .seconds(3600),
        keepAlive: Duration = .seconds(60)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
        self.tunnel = tunnel
        self.keepAlive = keepAlive
    }
}
