// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

struct ResponseHeadTests {
    @Test func partsOfAHead() {
        let parsed = ParsedResponse(
            "HTTP/1.1 200 All Right\r\nDate: today\r\nContent-Length: 5\r\nX-Case:  a b \r\nConnection: X-Case\r\n\r\n"
        )
        #expect(parsed.outcomes == [.more, .more, .more, .more, .more, .complete])
        #expect(parsed.head.status == 200)
        #expect(parsed.reason == "All Right")
        #expect(!parsed.head.isHTTP10)
        #expect(
            parsed.fields == [
                ["Date", "today"], ["Content-Length", "5"], ["X-Case", "a b"], ["Connection", "X-Case"],
            ]
        )
        #expect(parsed.head.framing == .length(5))
        #expect(parsed.head.contentLength == 5)
        #expect(parsed.nominated == ["X-Case"])
        #expect(parsed.head.contains(.date))
        #expect(parsed.head.first(.contentLength).map { parsed.text($0.value) } == "5")
        #expect(parsed.head.first(.via) == nil)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200, "OK", false), ("HTTP/1.0 404 Not Found", 404, "Not Found", true),
        ("HTTP/1.1 204 ", 204, "", false), ("HTTP/1.1 599", 599, "", false),
        ("HTTP/1.1 200  two\tspaces ", 200, " two\tspaces ", false),
        ("HTTP/1.1 200 \u{E9}", 200, "\u{C3}\u{A9}", false),
    ])
    func statusLines(line: String, status: Int, reason: String, isHTTP10: Bool) {
        let parsed = ParsedResponse(line + "\r\n\r\n")
        #expect(parsed.last == .complete)
        #expect(parsed.head.status == status)
        #expect(parsed.reason == reason)
        #expect(parsed.head.isHTTP10 == isHTTP10)
    }

    /// Much of this libcurl accepts.
    @Test(arguments: [
        "", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2x0 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 200OK", "HTTP/1.1 +20 OK", " HTTP/1.1 200 OK",
        "http/1.1 200 OK",
        "HTTP/1.2 200 OK", "HTTP/2 200 ", "HTTP/2.0 200 OK", "HTTP/0.9 200 OK", "ICY 200 OK", "Content-Length: 5",
        "garbage",
        "HTTP/1.1 200 a\rb", "HTTP/1.1 200 a\u{0}", "HTTP/1.1 200 a\u{7F}", "HTTP/1.1 200 OK\r",
    ])
    func brokenStatusLines(line: String) {
        #expect(ParsedResponse(line + "\r\n").outcomes == [.invalid(.badStatusLine)])
    }

    @Test(arguments: ["000", "099", "600", "999"])
    func statusesOutOfRange(status: String) {
        #expect(ParsedResponse("HTTP/1.1 \(status) X\r\n").outcomes == [.invalid(.badStatus)])
    }

    /// What libcurl lets through, of reference results with 7.88.1 and 8.23, and more of the same kind.
    @Test func brokenFields() {
        let cases: [(String, ParseError)] = [
            ("Content-Length: 5\r\nContent-Length: 6\r\n", .repeatedContentLength),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", .repeatedContentLength),
            ("Content-Length: 5, 5\r\n", .badContentLength), ("Content-Length: 5abc\r\n", .badContentLength),
            ("Content-Length: +5\r\n", .badContentLength), ("Content-Length: -5\r\n", .badContentLength),
            ("Content-Length:\r\n", .badContentLength), ("Content-Length: 9223372036854775808\r\n", .badContentLength),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .lengthWithTransferEncoding),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .lengthWithTransferEncoding),
            ("Transfer-Encoding : chunked\r\n", .spaceBeforeColon),
            ("Transfer-Encoding: xchunked\r\n", .unknownTransferCoding),
            ("Transfer-Encoding: gzip, chunked\r\n", .unknownTransferCoding),
            ("Transfer-Encoding:\r\n", .badTransferEncoding),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", .badTransferEncoding),
            ("Transfer-Encoding: chunked, identity\r\n", .badTransferEncoding), (": value\r\n", .emptyFieldName),
            ("X: a\rb\r\n", .bareCarriageReturn), ("X: a\u{0}b\r\n", .badFieldValue),
            ("X: a\u{1B}b\r\n", .badFieldValue),
            ("X: a\r\n folded\r\n", .foldedLine), ("X: a\r\n\tfolded\r\n", .foldedLine), (" X: a\r\n", .foldedLine),
            ("no colon\r\n", .spaceBeforeColon), ("nocolon\r\n", .missingColon), ("X Y: a\r\n", .spaceBeforeColon),
            ("X(: a\r\n", .badFieldName), ("X\u{E9}: a\r\n", .badFieldName), ("HTTP/1.1 200 OK\r\n", .badFieldName),
        ]
        for (fields, error) in cases {
            for status in ["200 OK", "204 No Content", "103 Early Hints", "101 Switching Protocols"] {
                let parsed = ParsedResponse.fields(fields, status: status)
                #expect(parsed.outcomes.contains(.invalid(.malformed(error))), "\(fields.debugDescription)")
                #expect(parsed.last == .invalid(.malformed(error)), "\(fields.debugDescription)")
            }
        }
        let old = ParsedResponse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(old.last == .invalid(.malformed(.transferEncodingInHTTP10)))
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\r\nX: y\n", "HTTP/1.1 200 OK\r\nX: y\r\n\n", "HTTP/1.1 200 OK\r\nX: y",
        "HTTP/1.1 200 OK\r",
        "HTTP/1.1 200 OK\r\n\r\nX: y\n", "HTTP/1.1 200 OK\r\n\r\n\r\n",
    ])
    func linesEndInCRLF(text: String) {
        #expect(ParsedResponse(text).last == .invalid(.badLine))
    }

    /// RFC 9112 §6.3.
    @Test func framing() {
        let cases: [(String, String, Bool, BodyFraming, Bool)] = [
            ("200 OK", "", false, .untilClose, false), ("200 OK", "Content-Length: 0\r\n", false, .length(0), false),
            ("404 X", "content-length: 7\r\n", false, .length(7), false),
            ("200 OK", "Transfer-Encoding: Chunked\r\n", false, .chunked, false),
            ("200 OK", "Content-Length: 7\r\n", true, .none, true), ("200 OK", "", true, .none, false),
            ("200 OK", "Content-Length: 0\r\n", true, .none, false),
            ("200 OK", "Transfer-Encoding: chunked\r\n", true, .none, true),
            ("304 Not Modified", "", false, .none, false),
            ("304 Not Modified", "Content-Length: 7\r\n", false, .none, true),
            ("304 Not Modified", "Transfer-Encoding: chunked\r\n", false, .none, true),
            ("204 No Content", "", false, .none, false),
            ("204 No Content", "Content-Length: 0\r\n", false, .none, false),
            ("204 No Content", "Content-Length: 7\r\n", false, .none, true),
            ("204 No Content", "Transfer-Encoding: chunked\r\n", false, .none, true),
            ("101 Switching Protocols", "Upgrade: x\r\n", false, .none, false),
            ("101 Switching Protocols", "Content-Length: 7\r\n", false, .none, true),
            ("205 Reset Content", "", false, .untilClose, false),
        ]
        for (status, fields, isHead, framing, isOdd) in cases {
            let parsed = ParsedResponse.fields(fields, status: status, forHead: isHead)
            #expect(parsed.last == .complete, "\(status) \(fields)")
            #expect(parsed.head.framing == framing, "\(status) \(fields)")
            #expect(parsed.head.isOdd == isOdd, "\(status) \(fields)")
        }
        #expect(ParsedResponse.fields("Content-Length: 7\r\n", forHead: true).head.contentLength == 7)
    }
}
