// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// A beginning of a connection and what must become of it.
struct ProxyHeaderExample: CustomStringConvertible {
    let bytes: [UInt8]
    let outcome: ProxyHeader.Outcome

    /// Bytes as text, for the message of a failed test.
    var description: String {
        bytes.prefix(130).map { Unicode.Scalar($0) }.reduce(into: "") { $0.unicodeScalars.append($1) }
    }

    /// The whole of `bytes` is a header.
    static func client(_ address: String, _ bytes: [UInt8]) -> Self {
        guard let address = IPAddress(address) else { fatalError("\(address) is no address") }
        return Self(bytes: bytes, outcome: .complete(length: bytes.count, source: .client(address)))
    }

    static func line(_ text: String, from client: String) -> Self { .client(client, Array(text.utf8)) }

    static func proxy(_ bytes: [UInt8]) -> Self {
        Self(bytes: bytes, outcome: .complete(length: bytes.count, source: .proxy))
    }

    static func invalid(_ error: ProxyHeaderError, _ bytes: [UInt8]) -> Self {
        Self(bytes: bytes, outcome: .invalid(error))
    }

    static func invalid(_ error: ProxyHeaderError, _ text: String) -> Self { .invalid(error, Array(text.utf8)) }

    /// A header of version 2. The length is that of `rest` unless another is given.
    static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return Array("\r\n\r\n\0\r\nQUIT\n".utf8)
            + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + rest
    }

    /// 192.0.2.1:1234 to 198.51.100.7:443.
    static let fourAddresses: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 7, 4, 210, 1, 187]
    /// 2001:db8::1 to ::2, the same ports.
    static let sixAddresses: [UInt8] =
        [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1] + [UInt8](repeating: 0, count: 15)
        + [2, 4, 210, 1, 187]

    static func longLine(_ count: Int) -> String {
        "PROXY UNKNOWN " + String(repeating: "x", count: count - 16) + "\r\n"
    }

    static let all = version1 + badVersion1 + version2 + badVersion2

    static let version1: [Self] = [
        .line("PROXY TCP4 192.0.2.1 198.51.100.7 1234 443\r\n", from: "192.0.2.1"),
        .line("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", from: "255.255.255.255"),
        .line("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", from: "0.0.0.0"),
        .line("PROXY TCP6 2001:db8::1 ::2 1234 443\r\n", from: "2001:db8::1"),
        .line("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", from: "192.0.2.1"),
        .line("PROXY TCP6 ::ffff:c000:201 ::192.0.2.2 1 2\r\n", from: "192.0.2.1"),
        .proxy(Array("PROXY UNKNOWN\r\n".utf8)),
        .proxy(Array("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n".utf8)),
        .proxy(Array(longLine(107).utf8)),
    ]

    static let badVersion1: [Self] = [
        .invalid(.noHeader, "GET / HTTP/1.1\r\n"), .invalid(.noHeader, "PROXy"), .invalid(.noHeader, "PUT / HTTP/1.1"),
        .invalid(.noHeader, "PROXY\tTCP4"), .invalid(.noHeader, "\u{16}\u{3}\u{1}"), .invalid(.noHeader, " PROXY "),
        .invalid(.lineTooLong, longLine(108)), .invalid(.badLine, "PROXY \r\n"), .invalid(.badLine, "PROXY  \r\n"),
        .invalid(.badLine, "PROXY UNKNOWNS\r\n"), .invalid(.badLine, "PROXY unknown\r\n"),
        .invalid(.badLine, "PROXY UNKNOWN\rx"), .invalid(.badLine, "PROXY TCP4\r\n"),
        .invalid(.badLine, "PROXY TCP5 192.0.2.1 198.51.100.7 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 198.51.100.7 1234\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 198.51.100.7 1234 443 \r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 198.51.100.7 1234 443 5\r\n"),
        .invalid(.badLine, "PROXY TCP4  192.0.2.1 198.51.100.7 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 198.51.100.7 1234  443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 198.51.100.7 01234 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 198.51.100.7 -1 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.01 198.51.100.7 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.256 198.51.100.7 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 2001:db8::1 ::2 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 ::ffff:192.0.2.1 198.51.100.7 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 ::ffff:198.51.100.7 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP6 192.0.2.1 ::2 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP6 2001:db8::1 198.51.100.7 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP4 192.0.2.1 host 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP6 [2001:db8::1] ::2 1234 443\r\n"),
        .invalid(.badLine, "PROXY TCP6 fe80::1%eth0 ::2 1234 443\r\n"),
        .invalid(.lineTooLong, "PROXY TCP4 192.0.2.1 198.51.100.7 1234 443\n" + String(repeating: "x", count: 80)),
    ]

    static let version2: [Self] = [
        .client("192.0.2.1", binary(0x21, 0x11, fourAddresses)),
        .client("192.0.2.1", binary(0x21, 0x12, fourAddresses)),
        .client("2001:db8::1", binary(0x21, 0x21, sixAddresses)),
        .client("2001:db8::1", binary(0x21, 0x22, sixAddresses)),
        // Extensions: one of no bytes, one that is unknown, one that fills the header to the brim.
        .client("192.0.2.1", binary(0x21, 0x11, fourAddresses + [4, 0, 0])),
        .client("192.0.2.1", binary(0x21, 0x11, fourAddresses + [0xEA, 0, 2, 7, 7, 4, 0, 1, 0])),
        .client(
            "192.0.2.1",
            binary(0x21, 0x11, fourAddresses + [4, 0x0F, 0xE1] + [UInt8](repeating: 1, count: 0xFE1))
        ),
        .client("192.0.2.1", withChecksum([])), .client("192.0.2.1", withChecksum([2, 0, 1, 65])),
        .proxy(binary(0x20, 0x00, [])), .proxy(binary(0x20, 0xFF, [1, 2, 3])),
        .proxy(binary(0x20, 0x11, fourAddresses)),
        .proxy(binary(0x21, 0x00, [])), .proxy(binary(0x21, 0x00, [9, 9, 9])),
        .proxy(binary(0x21, 0x10, fourAddresses)),
        .proxy(binary(0x21, 0x31, [UInt8](repeating: 65, count: 216))),
    ]

    static let badVersion2: [Self] = [
        .invalid(.noHeader, "\r\n\r\nGET"), .invalid(.noHeader, "\r\n\r\n\0\r\nQUIT\r"),
        .invalid(.badCommand, binary(0x11, 0x11, fourAddresses)),
        .invalid(.badCommand, binary(0x22, 0x11, fourAddresses)),
        .invalid(.badCommand, binary(0x31, 0x11, fourAddresses)),
        .invalid(.badFamily, binary(0x21, 0x41, fourAddresses)),
        .invalid(.badFamily, binary(0x21, 0x13, fourAddresses)), .invalid(.tooShort, binary(0x21, 0x11, [1, 2, 3])),
        .invalid(.tooShort, binary(0x21, 0x21, sixAddresses.dropLast())),
        .invalid(.tooShort, binary(0x21, 0x31, [UInt8](repeating: 65, count: 215))),
        .invalid(.tooLong, binary(0x21, 0x11, [], length: 4081)),
        .invalid(.tooLong, binary(0x20, 0, [], length: 65_535)),
        .invalid(.badExtension, binary(0x21, 0x11, fourAddresses + [4])),
        .invalid(.badExtension, binary(0x21, 0x11, fourAddresses + [4, 0])),
        .invalid(.badExtension, binary(0x21, 0x11, fourAddresses + [4, 0, 1])),
        .invalid(.badExtension, binary(0x21, 0x11, fourAddresses + [4, 0xFF, 0xFF, 1])),
        .invalid(.badExtension, binary(0x21, 0x11, fourAddresses + [3, 0, 3, 1, 2, 3])),
        .invalid(.badChecksum, withChecksum(Array(withChecksum([]).suffix(7)))),
        .invalid(.badChecksum, binary(0x21, 0x11, fourAddresses + [3, 0, 4, 1, 2, 3, 4])),
    ]

    /// A header with these extensions and the checksum behind them, computed a second way.
    static func withChecksum(_ extensions: [UInt8]) -> [UInt8] {
        var header = binary(0x21, 0x11, fourAddresses + extensions + [3, 0, 4, 0, 0, 0, 0])
        header.replaceSubrange(header.count - 4..<header.count, with: StrictProxyHeader.castagnoli(of: header))
        return header
    }
}
