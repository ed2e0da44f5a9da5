// SPDX-License-Identifier: Apache-2.0

/// How much one HTTP/1 message may ask the gateway to hold or to read before it means something.
package struct HTTPLimits: Sendable, Equatable {
    /// Bytes of a head from the first byte of its start line to the end of the blank line. More is 431 for a request and
    /// 502 for a response. Default 64 KiB; at most 1 GiB, since offsets in a head have 32 bits.
    package var headerBytes: Int
    /// Header fields of a head; one more is 431 or 502. Default 100.
    package var headerCount: Int
    /// Bytes of a request line without its CRLF; more is 414. RFC 9112 §3 recommends at least 8,000. Default 16 KiB.
    package var requestLineBytes: Int
    /// Bytes of chunk extensions in one whole message (RFC 9112 §7.1.1 asks for such a bound); more is 400.
    /// Default 4 KiB.
    package var chunkExtensionBytes: Int
    /// Bytes of a trailer section with its blank line; more is 431. Default 16 KiB.
    package var trailerBytes: Int
    /// Fields of a trailer section; one more is 431. Default 64.
    package var trailerCount: Int
    /// Interim responses (1xx) before a response; one more is 502. A backend that says every now and then that it is still
    /// at work (102) has room for that; one that says nothing else is stopped. Default 100.
    package var interimResponses: Int

    /// Limits for requests; every one has a default.
    package init(
        headerBytes: Int = 64 * 1024,
        headerCount: Int = 100,
        requestLineBytes: Int = 16 * 1024,
        trailerBytes: Int = 16 * 1024,
        trailerCount: Int = 64
    ) {
        self.headerBytes = min(headerBytes, 1 << 30)
        self.headerCount = headerCount
        self.requestLineBytes = requestLineBytes
        chunkExtensionBytes = 4 * 1024
        self.trailerBytes = trailerBytes
        self.trailerCount = trailerCount
        interimResponses = 100
    }

    /// Limits for what backends send: as many bytes as for requests, more fields (256), since applications set cookies
    /// and policies freely and the operator can mend a backend more easily than a client.
    package static let response = HTTPLimits(headerCount: 256)
}
