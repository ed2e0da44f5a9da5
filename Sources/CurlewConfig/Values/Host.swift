// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The checks that backends and listeners share: hosts and ports.
enum Host {
    static func isIPv4(_ text: some StringProtocol) -> Bool {
        var address = in_addr()
        // inet_pton takes exactly four decimal numbers, unlike inet_aton with its octal and two-part forms.
        return unsafe inet_pton(AF_INET, String(text), &address) == 1
    }

    static func isIPv6(_ text: some StringProtocol) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET6, String(text), &address) == 1
    }

    /// Throws unless `text` is a name that a resolver can be asked for (RFC 1123 §2.1, and underscores, which
    /// container networks use), or an IPv4 address.
    static func checkName(_ text: String) throws(ValueError) {
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw ValueError(
                "the host \(text.quoted) holds characters outside ASCII",
                hint: "write the name in its xn-- form, as `idn2 NAME` prints it"
            )
        }
        let hint = "a host is a name such as web-1.example.com, an IPv4 address, or an IPv6 address in brackets"
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let wellFormed = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy(isNameByte)
        }
        guard wellFormed, name.utf8.count <= 253 else {
            throw ValueError("\(text.quoted) is not a host name", hint: hint)
        }
        // A name whose last label is a number would be read as an IPv4 address (WHATWG URL §4.2).
        if labels.last?.allSatisfy(\.isNumber) == true, !isIPv4(name) {
            throw ValueError(
                "\(text.quoted) is not an IPv4 address",
                hint: "write four numbers from 0 to 255: 10.0.0.1"
            )
        }
    }

    /// Reads a port within `range`.
    static func port(_ text: some StringProtocol, in range: ClosedRange<UInt16>) throws(ValueError) -> UInt16 {
        let hint = "a port is a number from \(range.lowerBound) to \(range.upperBound)"
        guard !text.isEmpty else {
            throw ValueError("there is a colon but no port after it", hint: hint)
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw ValueError("\(String(text).quoted) is not a port", hint: hint)
        }
        guard let port = UInt16(text), range.contains(port) else {
            throw ValueError("port \(text.prefix(20)) is out of range", hint: hint)
        }
        return port
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
