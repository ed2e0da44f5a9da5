// SPDX-License-Identifier: Apache-2.0

package import Gateway

extension ListenAddress {
    /// Reads `0.0.0.0:3000` or `[::]:3000`. `:3000` and `3000` mean every IPv4 interface, and `localhost:3000` means
    /// `127.0.0.1:3000`. Port 0 lets the kernel choose.
    ///
    /// - Throws: `ValueError` for anything else. Other names are refused: which of its addresses a name means would be
    ///   decided by a resolver, at start, unseen.
    package init(parsing text: String) throws(ValueError) {
        guard !text.isEmpty else {
            throw ValueError("expected an address but found nothing", hint: Self.hint)
        }
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...].prefix { $0 != "/" }
            throw ValueError(
                "\(text.quoted) is a URL, and an address is wanted",
                hint: "leave out the scheme: \(rest)"
            )
        }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            self.init(host: "0.0.0.0", port: try Host.port(text, in: 0...65535))
            return
        }
        let (host, port) = try Self.split(text)
        self.init(host: try Self.literal(host, in: text), port: try Host.port(port, in: 0...65535))
    }

    private static let hint = "write an IP address and a port, for example 0.0.0.0:3000 or [::]:3000"

    /// Parts the host from the port.
    private static func split(_ text: String) throws(ValueError) -> (host: Substring, port: Substring) {
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else {
                throw ValueError("\(text.quoted) has no closing bracket", hint: Self.hint)
            }
            let rest = text[text.index(after: close)...]
            guard rest.hasPrefix(":") else { throw missingPort(text) }
            return (text[...close], rest.dropFirst())
        }
        guard let colon = text.lastIndex(of: ":") else { throw missingPort(text) }
        let host = text[..<colon]
        guard !host.contains(":") else {
            // `${PATH}`, say, has colons too.
            guard Host.isIPv6(host) || Host.isIPv6(text) else {
                throw ValueError("\(text.quoted) is not an address and a port", hint: hint)
            }
            throw ValueError(
                "\(text.quoted) is an IPv6 address without brackets",
                hint: "put the address in brackets and the port after them: [::]:3000"
            )
        }
        return (host, text[text.index(after: colon)...])
    }

    private static func missingPort(_ text: String) -> ValueError {
        let known = text.hasSuffix("]") || Host.isIPv4(text) || text == "localhost"
        return known
            ? ValueError("\(text.quoted) has no port", hint: "add one: \(text):3000")
            : ValueError("\(text.quoted) is not an address and a port", hint: Self.hint)
    }

    private static func literal(_ host: Substring, in text: String) throws(ValueError) -> String {
        if host.isEmpty { return "0.0.0.0" }
        if host.hasPrefix("[") {
            let inner = host.dropFirst().dropLast()
            guard Host.isIPv6(inner) else {
                throw ValueError("\(String(inner).quoted) is not an IPv6 address", hint: Self.hint)
            }
            return String(inner)
        }
        if host.lowercased() == "localhost" { return "127.0.0.1" }
        guard Host.isIPv4(host) else {
            let message = "\(String(host).quoted) is not an IP address"
            throw ValueError(message, hint: host == "*" ? "for every interface write 0.0.0.0 or [::]" : Self.hint)
        }
        return String(host)
    }
}

extension ValueParser where Value == ListenAddress {
    /// An address that clients connect to.
    package static var listenAddress: Self {
        ValueParser("an address and a port", example: "0.0.0.0:3000") { text throws(ValueError) in
            try ListenAddress(parsing: text)
        }
    }
}

extension ValueParser where Value == UInt16 {
    /// A TCP port to listen on.
    package static func port(_ range: ClosedRange<UInt16> = 0...65535) -> Self {
        ValueParser("a port", example: "3000") { text throws(ValueError) in
            try Host.port(text, in: range)
        }
    }
}

extension ValueParser where Value == String {
    /// An address to listen on, without a port: an IPv4 or IPv6 address, or `localhost`, which is 127.0.0.1.
    package static var listenHost: Self {
        ValueParser("an IP address", example: "127.0.0.1") { text throws(ValueError) in
            if text.lowercased() == "localhost" { return "127.0.0.1" }
            guard Host.isIPv4(text) || Host.isIPv6(text) else {
                throw mismatch(text, expected: "an IP address", hint: "for example 127.0.0.1, 0.0.0.0 or ::1")
            }
            return text
        }
    }
}
