// SPDX-License-Identifier: Apache-2.0

/// One server that requests are forwarded to.
package struct BackendConfiguration: Sendable, Equatable {
    package var url: BackendURL
    /// Its share of requests beside the others'; 1-1000. Default 1.
    package var weight: Int
    /// The most requests that it has in flight, over all workers. `nil`, the default, sets no limit.
    package var maxConnections: Int?
    /// It has requests only while no other backend of the pool is available. Default false.
    package var isBackup: Bool
    /// It may have new requests. Default true. If not, what it has in flight goes on, and so do its pings.
    package var isEnabled = true
    package var options: BackendOptions

    package init(
        url: BackendURL,
        weight: Int = 1,
        maxConnections: Int? = nil,
        isBackup: Bool = false,
        options: BackendOptions = BackendOptions()
    ) {
        self.url = url
        self.weight = weight
        self.maxConnections = maxConnections
        self.isBackup = isBackup
        self.options = options
    }
}

/// Where a backend listens: `http://host[:port]`, `https://host[:port]` or `unix:/path`.
///
/// It has no path, query or user: the request's own target reaches the backend unchanged.
package struct BackendURL: Sendable, Equatable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        case http, https
    }

    /// How a connection to the backend is made.
    package enum Endpoint: Sendable, Equatable {
        /// A host name or IP literal (IPv6 without brackets), and a port.
        case tcp(host: String, port: UInt16)
        /// The absolute path of a Unix domain socket.
        case unix(path: String)
    }

    package var scheme: Scheme
    package var endpoint: Endpoint
    /// The URL as it was written, without a trailing slash: the backend's name in the log.
    package var description: String

    package init(scheme: Scheme, endpoint: Endpoint, description: String) {
        self.scheme = scheme
        self.endpoint = endpoint
        self.description = description
    }
}
