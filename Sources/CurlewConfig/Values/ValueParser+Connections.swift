// SPDX-License-Identifier: Apache-2.0

/// How a backend is connected to.
extension ValueParser where Value == String {
    /// The value of a Host field: a name or an IP literal, and perhaps a port.
    static var authority: Self {
        ValueParser("a host", example: "api.internal") { text throws(ValueError) in
            let (_, port) = try parts(text, example: "api.internal or api.internal:8080")
            if let port { _ = try Host.port(port, in: 1...65535) }
            return text
        }
    }

    /// `host:port` to connect to.
    static var hostAndPort: Self {
        ValueParser("a host and a port", example: "10.0.0.5:8443") { text throws(ValueError) in
            let (_, port) = try parts(text, example: "10.0.0.5:8443")
            guard let port else { throw ValueError("\(text.quoted) has no port", hint: "add one: \(text):443") }
            _ = try Host.port(port, in: 1...65535)
            return text
        }
    }

    /// A name for TLS (RFC 6066 §3 knows no addresses there).
    static var serverName: Self {
        ValueParser("a host name", example: "api.internal") { text throws(ValueError) in
            guard !Host.isIPv4(text), !text.contains(":") else {
                throw ValueError(
                    "\(text.quoted) is not a name alone",
                    hint: "write the name, without a port: api.internal"
                )
            }
            try Host.checkName(text)
            return text
        }
    }

    /// Parts a host, which is checked, from a port, which may be missing.
    private static func parts(_ text: String, example: String) throws(ValueError) -> (host: Substring, port: Substring?)
    {
        let hint = "write \(example); an IPv6 address stands in brackets"
        if text.hasPrefix("["), let close = text.firstIndex(of: "]"), Host.isIPv6(text[..<close].dropFirst()) {
            let rest = text[text.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else {
                throw ValueError("\(text.quoted) is not a host", hint: hint)
            }
            return (text[...close], rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty else {
            throw ValueError("\(text.quoted) is not a host", hint: hint)
        }
        guard !text.contains("/"), !text.contains("@") else {
            throw ValueError("\(text.quoted) is more than a host", hint: hint)
        }
        try Host.checkName(String(parts[0]))
        return (parts[0], parts.count == 2 ? parts[1] : nil)
    }

    /// The URL of a proxy, perhaps with a user and a password.
    static var proxyURL: Self {
        ValueParser("the URL of a proxy", example: "socks5://10.0.0.9:1080") { text throws(ValueError) in
            let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
            let example = "for example socks5://10.0.0.9:1080"
            guard let separator = text.firstRange(of: "://") else {
                throw ValueError(
                    "the proxy has no scheme",
                    hint: "write one of \(schemes.alternatives) before it; \(example)"
                )
            }
            let scheme = String(text[..<separator.lowerBound])
            guard schemes.contains(scheme) else { throw unknownName(scheme, kind: "a kind of proxy", known: schemes) }
            var rest = text[separator.upperBound...]
            if rest.hasSuffix("/") { rest = rest.dropLast() }
            // The last @: a password may hold others.
            let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
            guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw ValueError("the proxy's URL holds a space or the like", hint: "percent-encode it; \(example)")
            }
            let (_, port) = try parts(String(host), example: "host:port")
            if let port { _ = try Host.port(port, in: 1...65535) }
            return text
        }
    }

    /// The name of a network interface, or an address of this machine.
    static var interface: Self {
        ValueParser("a network interface or a local address", example: "eth1") { text throws(ValueError) in
            if Host.isIPv4(text) || Host.isIPv6(text) { return text }
            // IFNAMSIZ is 16 with the null byte; netdevice(7) names may hold all but slashes and spaces. libcurl would
            // read `if!` and `host!` as its own.
            let named = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/!:".utf8.contains($0) }
            guard named, (1...15).contains(text.utf8.count) else {
                throw ValueError(
                    "\(text.quoted) is neither a network interface nor a local address",
                    hint: "write a name as `ip link` shows it, such as eth1, or an IP address of this machine"
                )
            }
            return text
        }
    }

    /// Hashes of public keys in libcurl's form.
    static var pinnedKey: Self {
        ValueParser("the hash of a public key", example: "sha256//…") { text throws(ValueError) in
            let hashes = text.split(separator: ";", omittingEmptySubsequences: false)
            let wellFormed = hashes.allSatisfy { hash in
                let code = hash.dropFirst("sha256//".count).utf8
                let letters = code.dropLast().allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
                    default: false
                    }
                }
                return hash.hasPrefix("sha256//") && code.count == 44 && letters && code.last == UInt8(ascii: "=")
            }
            guard wellFormed else {
                throw ValueError(
                    "\(text.quoted) is not the hash of a public key",
                    hint:
                        "write sha256// and the 44 characters that `openssl x509 -pubkey -noout -in FILE | openssl pkey "
                        + "-pubin -outform der | openssl dgst -sha256 -binary | base64` prints"
                )
            }
            return text
        }
    }
}
