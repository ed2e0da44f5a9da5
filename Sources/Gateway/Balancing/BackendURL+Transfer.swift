// SPDX-License-Identifier: Apache-2.0

extension BackendURL {
    /// The URL that libcurl connects by: scheme, host and port, and `/`. With `serverName` that stands in place of the
    /// host.
    func transferURL(serverName: String? = nil) -> String {
        guard let serverName, case .tcp(_, let port) = endpoint else { return "\(scheme.rawValue)://\(authority)/" }
        return "\(scheme.rawValue)://\(serverName):\(port)/"
    }

    /// Host and port, with brackets around an IPv6 literal.
    ///
    /// Behind a Unix socket no host is contacted; it is `localhost`, for the `Host` field.
    var authority: String {
        switch endpoint {
        case .tcp(let host, let port): "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        case .unix: "localhost"
        }
    }

    /// The same without the port where it is the scheme's own.
    var shortAuthority: String {
        guard case .tcp(_, let port) = endpoint, port == (scheme == .https ? 443 : 80) else { return authority }
        return String(authority.dropLast(scheme == .https ? 4 : 3))
    }

    /// Nothing has to be looked up: the host is an IP literal, or `localhost`, which libcurl knows by itself.
    var isAddress: Bool {
        guard case .tcp(let host, _) = endpoint else { return true }
        return Self.isAddress(host)
    }

    static func isAddress(_ host: String) -> Bool {
        isIPv4(host) || host.contains(":") || host == "localhost"
    }

    /// Tells an address from a name.
    static func isIPv4(_ host: String) -> Bool {
        host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || ($0 >= 0x30 && $0 <= 0x39) }
    }

    /// The Unix socket to connect to instead of the URL's host, or `nil`.
    var unixSocketPath: String? {
        if case .unix(let path) = endpoint { path } else { nil }
    }
}
