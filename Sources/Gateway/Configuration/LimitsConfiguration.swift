// SPDX-License-Identifier: Apache-2.0

/// What one client, and all clients together, may ask of the gateway; and how long a response head may be.
package struct LimitsConfiguration: Sendable, Equatable {
    /// Client connections open at once, over all workers. One more is answered 503 and closed. Default 10,000.
    package var connections: Int
    /// Connections of one client address, or one IPv6 network of 64 bits, open at once, over all workers. One more is
    /// answered 429 and closed. Connections of trusted proxies are not counted, since they carry many clients. `nil`, the
    /// default, sets no limit: behind one address there may be a whole office, or a carrier's NAT.
    package var connectionsPerClient: Int?
    /// Bytes of a request line without its CRLF; more is 414. Default 16 KiB.
    package var requestLineBytes: Int
    /// Bytes of a request head, from the first byte of the request line to the end of the blank line. More is 431, or
    /// 414 when the request line alone is longer. Default 64 KiB.
    package var headerBytes: Int
    /// Header fields of a request; one more is 431. Default 100.
    package var headerCount: Int
    /// Bytes of a request body; more is 413. `nil`, the default, sets no limit.
    package var bodyBytes: Int?
    /// Bytes of a trailer section with its blank line; more is 431, or 502 in a response. Default 16 KiB.
    package var trailerBytes: Int
    /// Fields of a trailer section; one more is 431, or 502 in a response. Default 64.
    package var trailerCount: Int
    /// From the first byte of a request head to its last; longer is 408. Default 10 s.
    package var headerTimeout: Duration
    /// Between two reads of a request body; longer is 408. Default 30 s.
    package var bodyTimeout: Duration
    /// A kept-alive connection without a request is closed after this. Default 75 s.
    package var idleTimeout: Duration
    /// Requests served on one connection before it is closed. `nil`, the default, sets no limit.
    package var requestsPerConnection: Int?
    /// Requests that a client may send before it has had the answer to the first of them. Those beyond are not served:
    /// the answer before them says `Connection: close`. `nil`, the default, sets no limit: they wait in 16 KiB or in the
    /// kernel, and are served one after another.
    package var pipelinedRequests: Int?
    /// Bytes of a backend's response head; more is 502. Default 64 KiB.
    package var responseHeaderBytes: Int
    /// Header fields of a backend's response; one more is 502. Default 256.
    package var responseHeaderCount: Int

    package init(
        connections: Int = 10_000,
        connectionsPerClient: Int? = nil,
        requestLineBytes: Int = 16 * 1024,
        headerBytes: Int = 64 * 1024,
        headerCount: Int = 100,
        bodyBytes: Int? = nil,
        trailerBytes: Int = 16 * 1024,
        trailerCount: Int = 64,
        headerTimeout: Duration = .seconds(10),
        bodyTimeout: Duration = .seconds(30),
        idleTimeout: Duration = .seconds(75),
        requestsPerConnection: Int? = nil,
        pipelinedRequests: Int? = nil,
        responseHeaderBytes: Int = 64 * 1024,
        responseHeaderCount: Int = 256
    ) {
        self.connections = connections
        self.connectionsPerClient = connectionsPerClient
        self.requestLineBytes = requestLineBytes
        self.headerBytes = headerBytes
        self.headerCount = headerCount
        self.bodyBytes = bodyBytes
        self.trailerBytes = trailerBytes
        self.trailerCount = trailerCount
        self.headerTimeout = headerTimeout
        self.bodyTimeout = bodyTimeout
        self.idleTimeout = idleTimeout
        self.requestsPerConnection = requestsPerConnection
        self.pipelinedRequests = pipelinedRequests
        self.responseHeaderBytes = responseHeaderBytes
        self.responseHeaderCount = responseHeaderCount
    }
}
