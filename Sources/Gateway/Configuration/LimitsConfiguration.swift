// SPDX-License-Identifier: Apache-2.0

/// What one client, and all clients together, may ask of the gateway.
package struct LimitsConfiguration: Sendable, Equatable {
    /// Client connections open at once, over all workers. One more is answered 503 and closed. Default 10,000.
    package var connections: Int
    /// Bytes of a request head, from the first byte of the request line to the end of the blank line. More is 431, or
    /// 414 when the request line alone is longer. Default 64 KiB.
    package var headerBytes: Int
    /// Header fields of a request; one more is 431. Default 100.
    package var headerCount: Int
    /// Bytes of a request body; more is 413. `nil`, the default, sets no limit.
    package var bodyBytes: Int?
    /// From the first byte of a request head to its last; longer is 408. Default 10 s.
    package var headerTimeout: Duration
    /// Between two reads of a request body; longer is 408. Default 30 s.
    package var bodyTimeout: Duration
    /// A kept-alive connection without a request is closed after this. Default 75 s.
    package var idleTimeout: Duration
    /// Requests served on one connection before it is closed. `nil`, the default, sets no limit.
    package var requestsPerConnection: Int?

    package init(
        connections: Int = 10_000,
        headerBytes: Int = 64 * 1024,
        headerCount: Int = 100,
        bodyBytes: Int? = nil,
        headerTimeout: Duration = .seconds(10),
        bodyTimeout: Duration = .seconds(30),
        idleTimeout: Duration = .seconds(75),
        requestsPerConnection: Int? = nil
    ) {
        self.connections = connections
        self.headerBytes = headerBytes
        self.headerCount = headerCount
        self.bodyBytes = bodyBytes
        self.headerTimeout = headerTimeout
        self.bodyTimeout = bodyTimeout
        self.idleTimeout = idleTimeout
        self.requestsPerConnection = requestsPerConnection
    }
}
