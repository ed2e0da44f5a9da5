// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct ResponseRewriterTests {
    private func rewritten(
        _ head: String,
        isHTTP10: Bool = false,
        isHead: Bool = false,
        keepAlive: Bool = true,
        takesTrailers: Bool = false
    ) -> (String, ResponseRewriter.Framing) {
        let response = ParsedResponse("\(head)\r\n\r\n", forHead: isHead)
        #expect(response.last == .complete)
        let rewriter = ResponseRewriter(
            response: response.head,
            isHTTP10: isHTTP10,
            isHead: isHead,
            takesTrailers: takesTrailers
        )
        let output = ByteBuffer(capacity: 16)
        rewriter.write(to: output, keepAlive: keepAlive, date: InlineArray(repeating: UInt8(ascii: "D")))
        return (output.text, rewriter.framing)
    }

    private let date = "Date: DDDDDDDDDDDDDDDDDDDDDDDDDDDDD"

    private func lines(_ lines: String...) -> String { lines.joined(separator: "\r\n") + "\r\n\r\n" }

    @Test func fieldsPassAsTheyAreInTheirOrder() {
        let head = "HTTP/1.1 200 All fine\r\nX-a:1\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\nset-cookie:  c=d"
        #expect(
            rewritten(head).0
                == lines(
                    "HTTP/1.1 200 All fine",
                    "X-a:1",
                    "Content-Length: 5",
                    "Set-Cookie: a=b",
                    "set-cookie:  c=d",
                    date,
                    "Via: 1.1 curlew"
                )
        )
    }

    @Test func fieldsForTheNextHopAndThoseItNamesAreDropped() {
        let head =
            "HTTP/1.1 200 OK\r\nConnection: X-Own, close\r\nKeep-Alive: 5\r\nX-Own: 1\r\nX-Other: 2\r\nTE: x\r\n"
            + "Trailer: T\r\nUpgrade: h2c\r\nProxy-Authenticate: Basic\r\nProxy-Connection: close\r\nContent-Length: 0"
        #expect(
            rewritten(head).0 == lines("HTTP/1.1 200 OK", "X-Other: 2", "Content-Length: 0", date, "Via: 1.1 curlew")
        )
    }

    @Test func theBackendsDateIsKept() {
        #expect(
            rewritten("HTTP/1.0 404 Not Found\r\nDate: then\r\nContent-Length: 0").0
                == lines("HTTP/1.1 404 Not Found", "Date: then", "Content-Length: 0", "Via: 1.0 curlew")
        )
    }

    @Test func aMissingReasonStaysMissing() {
        #expect(rewritten("HTTP/1.1 200\r\nContent-Length: 0").0.hasPrefix("HTTP/1.1 200 \r\n"))
    }

    @Test(arguments: ["Transfer-Encoding: chunked", "X-No-Length: 1"])
    func aBodyWithoutALengthIsFramedAsTheClientUnderstands(field: String) {
        let (new, newFraming) = rewritten("HTTP/1.1 200 OK\r\n\(field)")
        #expect(newFraming == .chunked)
        #expect(new.contains("\r\nTransfer-Encoding: chunked\r\n"))
        let (old, oldFraming) = rewritten("HTTP/1.1 200 OK\r\n\(field)", isHTTP10: true, keepAlive: false)
        #expect(oldFraming == .untilClose)
        #expect(!old.contains("Transfer-Encoding"))
        #expect(old.contains("\r\nConnection: close\r\n"))
    }

    @Test(arguments: [false, true]) func aBodyWithALengthKeepsIt(isHTTP10: Bool) {
        let (head, framing) = rewritten("HTTP/1.1 200 OK\r\nContent-Length: 7", isHTTP10: isHTTP10)
        #expect(framing == .asGiven)
        #expect(head.contains("\r\nContent-Length: 7\r\n"))
        #expect(!head.contains("Transfer-Encoding"))
    }

    /// HEAD and 304 say what a GET would get; with 204 nothing may be said.
    @Test func aResponseWithoutABodyHasNoFramingOfItsOwn() {
        let (head, framing) = rewritten("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", isHead: true)
        #expect(framing == .asGiven)
        #expect(!head.contains("Transfer-Encoding"))
        #expect(rewritten("HTTP/1.1 200 OK\r\nContent-Length: 7", isHead: true).0.contains("Content-Length: 7"))
        #expect(rewritten("HTTP/1.1 304 Not Modified\r\nContent-Length: 7").0.contains("Content-Length: 7"))
        #expect(!rewritten("HTTP/1.1 204 No Content\r\nContent-Length: 0").0.contains("Content-Length"))
        #expect(rewritten("HTTP/1.1 204 No Content").1 == .asGiven)
    }

    @Test func theConnectionsFateIsSaidWhereItMustBe() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 0"
        #expect(!rewritten(head).0.contains("Connection:"))
        #expect(rewritten(head, keepAlive: false).0.contains("\r\nConnection: close\r\n"))
        #expect(rewritten(head, isHTTP10: true).0.contains("\r\nConnection: keep-alive\r\n"))
        #expect(rewritten(head, isHTTP10: true, keepAlive: false).0.contains("\r\nConnection: close\r\n"))
    }

    @Test func anInterimHeadSaysNothingOfConnectionOrLength() {
        let response = ParsedResponse(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"
        )
        let output = ByteBuffer(capacity: 16)
        ResponseRewriter(response: response.head, isHTTP10: false, isHead: false, takesTrailers: false)
            .writeInformational(to: output)
        #expect(output.text == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    }

    // MARK: Trailers

    private let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum"

    @Test func trailersAreAnnouncedOnlyWhereTheyPass() {
        #expect(rewritten(chunkedHead, takesTrailers: true).0.contains("\r\nTrailer: X-Sum\r\n"))
        #expect(!rewritten(chunkedHead).0.contains("Trailer"))
        #expect(!rewritten(chunkedHead, isHTTP10: true, keepAlive: false, takesTrailers: true).0.contains("Trailer"))
        #expect(!rewritten(chunkedHead, isHead: true, takesTrailers: true).0.contains("Trailer"))
        for framing in ["Content-Length: 1", "X-No-Length: 1"] {
            let head = "HTTP/1.1 200 OK\r\n\(framing)\r\nTrailer: X-Sum"
            #expect(!rewritten(head, takesTrailers: true).0.contains("Trailer"))
        }
    }

    private func end(_ head: String, trailers: String = "", takesTrailers: Bool = true) -> String {
        let parsed = ParsedResponse(head + "\r\n\r\n")
        var body = ChunkedDecoder()
        let bytes = Array("0\r\n\(trailers)\r\n".utf8)
        _ = body.next(bytes.span)
        return ResponseRewriter(response: parsed.head, isHTTP10: false, isHead: false, takesTrailers: takesTrailers)
            .lastChunk(of: body).latin1
    }

    @Test func trailersPassToWhoTakesThem() {
        let trailers = "X-Sum: abc \r\nSet-Cookie: a=b\r\nserver-timing:x\r\n"
        #expect(end(chunkedHead, trailers: trailers) == "0\r\nX-Sum: abc\r\nserver-timing:x\r\n\r\n")
        #expect(end(chunkedHead, trailers: trailers, takesTrailers: false) == "0\r\n\r\n")
        #expect(end(chunkedHead) == "0\r\n\r\n")
    }

    /// RFC 9110 §7.6.1: "remove any header or trailer field(s)" that Connection names.
    @Test func trailersThatConnectionNamesAreDropped() {
        let end = end("\(chunkedHead)\r\nConnection: x-own", trailers: "X-Own: 1\r\nX-Sum: abc\r\n")
        #expect(end == "0\r\nX-Sum: abc\r\n\r\n")
    }
}
