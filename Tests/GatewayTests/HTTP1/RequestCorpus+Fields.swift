// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

extension RequestCorpus {
    /// The syntax of field lines (RFC 9112 §5).
    static let syntax: [RequestCase] =
        [
            .fields("X-Empty:\r\n"),
            .fields("X-Space:   \t \r\n"),
            .fields("X-Around: \t a b \t \r\n"),
            .fields("X-Tab: a\tb\r\n"),
            .fields("x:y\r\n"),
            .fields("!#$%&'*+-.^_`|~0: a\r\n"),
            .fields("X-Under_Score: a:b,c;d=\"e\"\r\n"),

            .fields(" X: folded first\r\n", .rejected(.foldedLine)),
            .fields("Connection: \(String(repeating: "a,", count: 513))\r\n", .rejected(.connectionListsTooLong)),
            .fields("X: a\r\n b\r\n", .rejected(.foldedLine)),
            .fields("X: a\r\n\tb\r\n", .rejected(.foldedLine)),
            .head("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .rejected(.foldedLine)),
            .fields("X : a\r\n", .rejected(.spaceBeforeColon)),
            .fields("X\t: a\r\n", .rejected(.spaceBeforeColon)),
            .fields("Transfer-Encoding : chunked\r\n", .rejected(.spaceBeforeColon)),
            .fields(": a\r\n", .rejected(.emptyFieldName)),
            .fields("X\r\n", .rejected(.missingColon)),
            .fields("X\n", .rejected(.missingColon)),
            .fields("X Y: a\r\n", .rejected(.spaceBeforeColon)),
            .fields("X(: a\r\n", .rejected(.badFieldName)),
            .fields("X\u{0}: a\r\n", .rejected(.badFieldName)),
            .fields("\u{0}X: a\r\n", .rejected(.badFieldName)),
            .fields("\u{E9}X: a\r\n", .rejected(.badFieldName)),
            .fields("X\u{E9}: a\r\n", .rejected(.badFieldName)),
            .fields("\"X\": a\r\n", .rejected(.badFieldName)),

            .fields("X: a\nY: b\r\n", .rejected(.bareLineFeed)),
            .fields("X: a\rY: b\r\n", .rejected(.bareCarriageReturn)),
            .fields("X: a\r\r\n", .rejected(.bareCarriageReturn)),
            .fields("X:\n", .rejected(.bareLineFeed)),
            .fields("X: \r \r\n", .rejected(.bareCarriageReturn)),
            .head("GET / HTTP/1.1\r\nHost: a\r\n\n", .rejected(.bareLineFeed)),
            .head("GET / HTTP/1.1\r\nHost: a\r\n\rX", .rejected(.bareCarriageReturn)),
            .head("GET / HTTP/1.1\r\nHost: a\n\r\n", .rejected(.bareLineFeed)),
        ] + controlBytes

    private static let controlBytes: [RequestCase] =
        (UInt8(0)...255).map { byte in
            switch byte {
            case 0x0A: .value(byte: byte, .rejected(.bareLineFeed))
            case 0x0D: .value(byte: byte, .rejected(.bareCarriageReturn))
            case 0x09, 0x20...0x7E, 0x80...0xFF: .value(byte: byte, .accepted(.none))
            default: .value(byte: byte, .rejected(.badFieldValue))
            }
        }

    /// Host (RFC 9112 §3.2).
    static let hosts: [RequestCase] =
        [
            .head("GET / HTTP/1.1\r\n\r\n", .rejected(.missingHost)),
            .head("GET / HTTP/1.2\r\n\r\n", .rejected(.missingHost)),
            .head("GET / HTTP/1.0\r\nHost: a\r\n\r\n"),
            .head("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", .rejected(.badHost)),
            .head("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .rejected(.repeatedHost)),
            .head("GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n", .rejected(.repeatedHost)),
            .head("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nHost: b\r\n\r\n", .rejected(.repeatedHost)),
            .head("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", .rejected(.missingHost)),
        ]
        + good.map { .head("GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n") }
        + bad.map { .head("GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n", .rejected(.badHost)) }

    private static let good = [
        "localhost", "localhost:3000", "EXAMPLE.com.", "a_b.example", "192.0.2.1:80", "x:", "x:0", "x:65535", "~",
        "xn--bcher-kva.de",
        "[::]", "[::1]:8080", "[2001:db8::]", "[1:2:3:4:5:6:7:8]", "[1::8]", "[::ffff:192.0.2.1]",
        "[1:2:3:4:5:6:1.2.3.4]", "[FE80::A]:",
    ]

    private static let bad = [
        "", "a b", "a,b", "a, b", "a/b", "a?b", "a#b", "a@b", "a\\b", "a%41", "\"a\"", "a:b", "a:80:80", "a:+80",
        "a:8 0", "a:-1", "a:65536",
        "a:99999999999999999999", ":80", "http://a", "a;b", "<a>", "caf\u{E9}", "a\tb", "[::1", "::1", "[]", "[::1]x",
        "[::1]:x", "[::1%eth0]",
        "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[:1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:]", "[12345::]",
        "[g::]", "[:::]",
        "[1:2:3:4:5:6:7::8]", "[::1.2.3]", "[::1.2.3.256]", "[::1.2.3.4.5]", "[::01.2.3.4]", "[1:2:3:4:5:6:7:1.2.3.4]",
        "[v1.x]", "[::1]]",
    ]
}
