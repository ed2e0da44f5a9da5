// SPDX-License-Identifier: Apache-2.0

/// Where the transfers of a handle go and how: what stays the same for every request to one backend.
package struct TransferTarget: Sendable {
    /// `http://host:port/` or `https://host:port/`. Its path is not used: each request brings its own target.
    package var url: String
    /// The URL's host is an address, or is not looked up at all: nothing about it ever changes.
    package var isAddress: Bool
    /// Connect to this Unix domain socket instead of the URL's host.
    package var unixSocket: String?
    /// Name lookup, TCP and TLS together may take so many milliseconds; if there are several addresses, libcurl gives
    /// each a part of them. `nil`: the caller sees to it, within the 300 s that libcurl gives at most.
    package var connectTimeoutMilliseconds: Int?
    /// The whole transfer may take so many milliseconds. 0: no limit.
    package var totalTimeoutMilliseconds: Int
    /// Use a new connection and close it afterwards.
    package var isFresh: Bool
    /// libcurl takes a chunked body out of its chunks. Only for a body that nobody is handed: it is far from strict about how
    /// they are framed (RFC 9112 §7.1).
    package var decodesChunks = false
    /// Speak HTTP/2: over TLS where the server takes it, else HTTP/1.1; without TLS in any case. Many transfers share one
    /// connection then. Needs ``CurlLibrary/speaksHTTP2``.
    package var speaksHTTP2 = false
    /// How connections are made beyond that; `nil` where they are made as the URL says.
    package var connection: ConnectionSettings?
    /// How libcurl is given each request's head.
    package var headStyle = HeadStyle.proven

    /// What it receives is HTTP/1.1 as it is. Through a proxy it may be TLS, whatever the URL says.
    package var isPlain: Bool { url.hasPrefix("http:") && !speaksHTTP2 && connection?.proxy == nil }

    package init(
        url: String,
        isAddress: Bool = false,
        unixSocket: String? = nil,
        connectTimeoutMilliseconds: Int?,
        totalTimeoutMilliseconds: Int = 0,
        isFresh: Bool = false
    ) {
        self.url = url
        self.isAddress = isAddress
        self.unixSocket = unixSocket
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.totalTimeoutMilliseconds = totalTimeoutMilliseconds
        self.isFresh = isFresh
    }
}
