// SPDX-License-Identifier: Apache-2.0

extension BackendURL {
    /// The URL that libcurl connects by: scheme, host and port, with brackets around an IPv6 literal, and `/`.
    ///
    /// Behind a Unix socket no host is contacted; it is `localhost`, for the `Host` field.
    var transferURL: String {
        switch endpoint {
        case .tcp(let host, let port):
            "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)/"
        case .unix:
            "\(scheme.rawValue)://localhost/"
        }
    }

    /// Nothing has to be looked up: the host is an IP literal, or `localhost`, which libcurl knows by itself.
    var isAddress: Bool {
        guard case .tcp(let host, _) = endpoint else { return true }
        let isIPv4 = host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || ($0 >= 0x30 && $0 <= 0x39) }
        return isIPv4 || host.contains(":") || host == "localhost"
    }

    /// The Unix socket to connect to instead of the URL's host, or `nil`.
    var unixSocketPath: String? {
        if case .unix(let path) = endpoint { path } else { nil }
    }
}
