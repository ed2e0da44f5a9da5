// SPDX-License-Identifier: Apache-2.0

/// A request that must be refused, and how.
struct SmugglingCase {
    var name: String
    var bytes: [UInt8]
    var status: Int

    init(_ name: String, _ text: String, _ status: Int = 400) {
        self.name = name
        bytes = Array(text.utf8)
        self.status = status
    }

    init(_ name: String, bytes: [UInt8], _ status: Int = 400) {
        self.name = name
        self.bytes = bytes
        self.status = status
    }

    private static func post(_ fields: String, _ body: String = "abc", version: String = "1.1") -> String {
        "POST / HTTP/\(version)\r\nHost: x\r\n\(fields)\r\n\r\n\(body)"
    }

    static let lengths: [SmugglingCase] =
        [
            ("beside chunked", "Content-Length: 3\r\nTransfer-Encoding: chunked"),
            ("behind chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3"),
            ("beside an empty Transfer-Encoding", "Content-Length: 3\r\nTransfer-Encoding:"),
            ("twice, differing", "Content-Length: 3\r\nContent-Length: 0"),
            ("twice, the same", "Content-Length: 3\r\nCONTENT-LENGTH: 3"),
            ("as a list", "Content-Length: 3, 3"), ("as a list of two", "Content-Length: 3,0"),
            ("with a comma", "Content-Length: 3,"), ("empty", "Content-Length:"), ("blank", "Content-Length: \t "),
            ("with a plus", "Content-Length: +3"), ("negative", "Content-Length: -3"),
            ("with a space inside", "Content-Length: 3 0"), ("in hexadecimal", "Content-Length: 0x3"),
            ("with a letter", "Content-Length: 3a"), ("with a dot", "Content-Length: 3.0"),
            ("as an exponent", "Content-Length: 3e0"), ("in quotes", "Content-Length: \"3\""),
            ("with an underscore", "Content-Length: 3_0"), ("in other digits", "Content-Length: \u{FF13}"),
            ("of 64 bits", "Content-Length: 9223372036854775808"),
            ("beyond 64 bits", "Content-Length: 18446744073709551619"),
            ("of 30 digits", "Content-Length: 000000000000000000000000000003"),
            ("with a space before the colon", "Content-Length : 3"),
            ("with a tab before the colon", "Content-Length\t: 3"), ("folded", "Content-Length:\r\n 3"),
        ].map { SmugglingCase("Content-Length \($0)", post($1)) } + [
            SmugglingCase("TRACE with a body", "TRACE / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
            SmugglingCase("HEAD with a body", "HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
        ]

    static let codings: [SmugglingCase] =
        [
            ("not last", "chunked, gzip", 400), ("before identity", "chunked, identity", 400),
            ("twice", "chunked, chunked", 400), ("in two fields", "chunked\r\nTransfer-Encoding: chunked", 400),
            ("behind identity", "identity, chunked", 501), ("behind gzip", "gzip, chunked", 501),
            ("gzip alone", "gzip", 501), ("identity alone", "identity", 501), ("with a prefix", "xchunked", 501),
            ("cut short", "chunke", 501), ("doubled", "chunkedchunked", 501), ("with a parameter", "chunked;a=b", 400),
            ("with a semicolon", "chunked;", 400), ("with a leading comma", ",chunked", 400),
            ("with a trailing comma", "chunked,", 400), ("empty", "", 400), ("in quotes", "\"chunked\"", 400),
            ("with a vertical tab", "\u{0B}chunked", 400), ("behind a form feed", "\u{0C}chunked", 400),
            ("with a no-break space", "\u{A0}chunked", 400), ("with NUL", "chunked\0", 400),
            ("folded", "\r\n chunked", 400), ("folded behind", "chunked\r\n ,identity", 400),
            ("with a bare CR", "chunked\r", 400), ("two words", "chunked identity", 400),
        ].map { SmugglingCase("chunked \($0)", post("Transfer-Encoding: \($1)", "0\r\n\r\n"), $2) } + [
            SmugglingCase("Transfer-Encoding and space", post("Transfer-Encoding : chunked", "0\r\n\r\n")),
            SmugglingCase("Transfer-Encoding and tab", post("Transfer-Encoding\t: chunked", "0\r\n\r\n")),
            SmugglingCase("space and Transfer-Encoding", post(" Transfer-Encoding: chunked", "0\r\n\r\n")),
            SmugglingCase("NUL in Transfer-Encoding", post("Transfer\0-Encoding: chunked", "0\r\n\r\n")),
            SmugglingCase("chunked from HTTP/1.0", post("Transfer-Encoding: chunked", "0\r\n\r\n", version: "1.0")),
            SmugglingCase(
                "both from HTTP/1.0",
                post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n", version: "1.0")
            ),
            SmugglingCase(
                "chunks for TRACE",
                "TRACE / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            SmugglingCase(
                "chunks for HEAD",
                "HEAD / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
        ]

    static let lines: [SmugglingCase] =
        [
            ("bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"),
            ("bare LF after a field", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
            ("bare LFs at the end", "GET / HTTP/1.1\r\nHost: x\n\n"),
            ("LF CR LF at the end", "GET / HTTP/1.1\r\nHost: x\n\r\n"),
            ("CR LF LF at the end", "GET / HTTP/1.1\r\nHost: x\r\n\n"),
            ("bare CR at the end", "GET / HTTP/1.1\r\nHost: x\r\n\r"),
            ("CR CR LF", "GET / HTTP/1.1\r\nHost: x\r\r\n\r\n"),
            ("bare CR in the request line", "GET / HTTP/1.1\rHost: x\r\n\r\n"),
            ("bare CR in the target", "GET /\rx HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("bare CR in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n"),
            ("bare CR in a name", "GET / HTTP/1.1\r\nHost: x\r\nA\r: b\r\n\r\n"),
            ("a bare LF before the request line", "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("five empty lines", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("a folded line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"),
            ("a line folded with a tab", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc: d\r\n\r\n"),
            ("a blank line of spaces", "GET / HTTP/1.1\r\nHost: x\r\n  \r\n\r\n"),
            ("a space before the first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
            ("a space before a colon", "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"),
            ("a space in a name", "GET / HTTP/1.1\r\nHost: x\r\nA B: b\r\n\r\n"),
            ("an empty name", "GET / HTTP/1.1\r\nHost: x\r\n: v\r\n\r\n"),
            ("no colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
            ("a request line among the fields", "GET / HTTP/1.1\r\nHost: x\r\nGET /a HTTP/1.1\r\n\r\n"),
            ("NUL in a name", "GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n"),
            ("a colon's bytes of UTF-8 in a name", "GET / HTTP/1.1\r\nHost: x\r\nA\u{FF1A}: b\r\n\r\n"),
            ("two spaces in the request line", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("a space behind the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"),
            ("a space before the method", " GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("a fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"),
        ].map { SmugglingCase($0, $1) }
        + (Array(0...8) + Array(11...12) + Array(14...31) + [127]).map { (byte: UInt8) in
            SmugglingCase(
                "byte \(byte) in a value",
                bytes: Array("GET / HTTP/1.1\r\nHost: x\r\nA: b".utf8) + [byte] + Array("c\r\n\r\n".utf8)
            )
        }
}
