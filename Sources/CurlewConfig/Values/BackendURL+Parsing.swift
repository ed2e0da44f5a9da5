// SPDX-License-Identifier: Apache-2.0

package import Gateway

extension BackendURL {
    /// Reads `http://host[:port]`, `https://host[:port]` or `unix:/path`. The ports default to 80 and 443; one trailing
    /// slash is allowed.
    ///
    /// - Throws: `ValueError` for anything else: a path, query, fragment or user in a backend's URL would have no
    ///   effect, since the request's own target reaches the backend unchanged.
    package init(parsing text: String) throws(ValueError) {
        guard !text.isEmpty else {
            throw ValueError("expected a URL but found nothing", hint: Self.forms)
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw ValueError("\(text.quoted) holds a control character", hint: Self.forms)
        }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        if scheme == "unix", text.contains(":") {
            self = try Self.unixSocket(text)
            return
        }
        guard !text.contains(where: \.isWhitespace) else {
            throw ValueError("\(text.quoted) holds a space", hint: "write one URL, without spaces: \(Self.example)")
        }
        guard let known = Scheme(rawValue: scheme) else { throw Self.unknownScheme(scheme, in: text) }
        let rest = text.dropFirst(scheme.count + 1)
        guard text.contains(":"), rest.hasPrefix("//") else {
            let host = text.dropFirst(scheme.count).drop { $0 == ":" || $0 == "/" }
            throw ValueError("\(text.quoted) is not a URL", hint: "did you mean \(scheme)://\(host)?")
        }
        self = try Self.network(known, rest.dropFirst(2), in: text)
    }

    private static let example = "http://localhost:3001"
    private static let forms = "write http://host:port, https://host:port or unix:/path"

    private static func unknownScheme(_ scheme: String, in text: String) -> ValueError {
        guard let separator = text.firstRange(of: "://") else {
            // `localhost:3001`, `10.0.0.1` and the like: everything but the scheme.
            let host = text.hasPrefix("//") ? String(text.dropFirst(2)) : text
            return ValueError("\(text.quoted) has no scheme", hint: "did you mean http://\(host)?")
        }
        let rest = text[separator.upperBound...]
        let secure = ["wss", "h2", "grpcs"].contains(scheme)
        return ValueError(
            "the scheme \(String(text[..<separator.lowerBound]).quoted) is not one that Curlew speaks",
            hint: "did you mean \(secure ? "https" : "http")://\(rest)?"
        )
    }

    private static func network(_ scheme: Scheme, _ rest: Substring, in text: String) throws(ValueError) -> BackendURL {
        let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        let tail = rest[end...]
        let bare = String(text.dropLast(tail.count))
        guard tail.isEmpty || tail == "/" else {
            let part = tail.hasPrefix("?") ? "query" : tail.hasPrefix("#") ? "fragment" : "path"
            throw ValueError(
                "a backend's URL cannot have a \(part), and this one has \(String(tail).quoted)",
                hint: "write \(bare); the request's own path reaches the backend unchanged"
            )
        }
        guard !authority.contains("@") else {
            let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            throw ValueError(
                "a backend's URL cannot hold a user or a password",
                hint: "write \(scheme.rawValue)://\(host); clients send their own Authorization header"
            )
        }
        let (host, port) = try split(authority, in: text)
        let number = try port.map { port throws(ValueError) in try Host.port(port, in: 1...65535) }
        return BackendURL(
            scheme: scheme,
            endpoint: .tcp(host: host, port: number ?? (scheme == .https ? 443 : 80)),
            description: bare
        )
    }

    /// Parts the host, which it checks, from the port, which may be missing.
    private static func split(_ authority: Substring, in text: String) throws(ValueError) -> (String, Substring?) {
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else {
                throw ValueError("\(text.quoted) has no closing bracket", hint: "write http://[::1]:3001")
            }
            let host = authority[..<close].dropFirst()
            let rest = authority[authority.index(after: close)...]
            guard Host.isIPv6(host), rest.isEmpty || rest.hasPrefix(":") else {
                throw ValueError(
                    "\(String(authority).quoted) is not an IPv6 address and a port",
                    hint: "write http://[::1]:3001"
                )
            }
            return (String(host), rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else {
            throw ValueError(
                "\(String(authority).quoted) is not a host and a port",
                hint: "write http://host:port; an IPv6 address stands in brackets: http://[::1]:3001"
            )
        }
        let host = String(parts.first ?? "")
        guard !host.isEmpty else {
            throw ValueError("\(text.quoted) has no host", hint: "for example \(example)")
        }
        try Host.checkName(host)
        return (host, parts.count == 2 ? parts[1] : nil)
    }

    private static func unixSocket(_ text: String) throws(ValueError) -> BackendURL {
        var path = text.dropFirst("unix:".count)
        // `unix:///run/app.sock` is the same with an empty authority (RFC 8089 has the like for files).
        if path.hasPrefix("///") { path = path.dropFirst(2) }
        guard path.hasPrefix("/"), !path.hasPrefix("//"), !path.hasSuffix("/") else {
            throw ValueError(
                "\(text.quoted) does not name a socket by an absolute path",
                hint: "write unix:/path/to/the.sock"
            )
        }
        // unix(7): sun_path has 108 bytes, the last of them the terminating null byte.
        guard path.utf8.count <= 107 else {
            throw ValueError(
                "the path of the socket is \(path.utf8.count) bytes long, and Linux takes 107",
                hint: "use a shorter path, for example under /run"
            )
        }
        return BackendURL(scheme: .http, endpoint: .unix(path: String(path)), description: text)
    }
}

extension BackendURL {
    /// What two spellings of one backend have in common: `http://LOCALHOST` and `http://localhost:80` are the same.
    var identity: String {
        switch endpoint {
        case .tcp(let host, let port): "\(scheme.rawValue) \(host.lowercased()) \(port)"
        case .unix(let path): "unix \(path)"
        }
    }
}

extension ValueParser where Value == BackendURL {
    /// Where a backend listens.
    package static var backendURL: Self {
        ValueParser("a URL", example: "http://localhost:3001") { text throws(ValueError) in
            try BackendURL(parsing: text)
        }
    }
}
