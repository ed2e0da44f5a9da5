// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Responses that are odd, from a backend that may be broken or hostile. The client sends two requests at once, so that
/// the second is waiting when the first is over: whatever else the backend has sent must not become its response.
@Suite(.threads(.few)) struct ResponseSmugglingTests {
    static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"

    /// What the client gets of an odd response.
    enum Outcome {
        /// 502.
        case badGateway
        /// This status and this body.
        case response(Int, String)
        /// The head, and a body that is seen to be cut short.
        case truncated
    }

    struct Example {
        var name: String
        var bytes: String
        var outcome: Outcome
        var method = "GET"
        /// The backend closes behind it.
        var closes = false
        /// The connection may be used again: what came in the same read as the end of the response is dropped by libcurl
        /// before 8, which says nothing of it.
        var isDropped = false
        /// Sent when the backend sees that it has another request on the same connection, or has been left alone.
        var late = ""
    }

    /// An origin that answers `/odd` with the example, and everything else with its target and the connection's number.
    private func origin(_ example: Example) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                if request.target == "/odd" {
                    try connection.send(example.bytes)
                    if example.closes { return }
                    if !example.late.isEmpty, try connection.nextRequest() != nil { try connection.send(example.late) }
                } else {
                    try connection.send(.text(request.target), to: request)
                }
            }
        }
    }

    private func check(_ examples: [Example]) throws {
        for example in examples {
            let origin = try origin(example)
            try withGateway([origin], { $0.retry = ["attempts: 1"] }) { gateway in
                // A connection that is used already: what libcurl does with those is what matters.
                let client = try gateway.connect()
                #expect(try client.get("/first").text == "/first")
                // Over and over: a backend that misbehaves is pinged back into rotation, which takes its time.
                try client.send(request(example.method, "/odd") + request("GET", "/second"))
                var response = try client.head()
                while response.status < 200 { response = try client.head() }
                try client.readBody(of: &response, to: example.method)
                switch example.outcome {
                case .badGateway:
                    #expect(response.status == 502, "\(example.name)")
                case .response(let status, let body):
                    #expect(response.status == status && response.text == body, "\(example.name): \(response.headText)")
                    #expect(response.isComplete, "\(example.name)")
                case .truncated:
                    #expect(response.status == 502 || !response.isComplete, "\(example.name)")
                    return
                }
                if response.fields.lists("close", in: "Connection") { return }
                // 503 when the example has cost the only backend its place.
                let second = try client.response()
                let isRight = (second.status == 200 && second.text == "/second") || second.status == 503
                #expect(isRight, "\(example.name): \(second.status) \(second.text)")
                guard second.status == 200, !example.isDropped else { return }
                let odd = origin.requests.first { $0.target == "/odd" }
                let next = origin.requests.first { $0.target == "/second" }
                #expect(odd?.connection != next?.connection, "\(example.name): the connection was used again")
            }
        }
    }

    @Test func lengthsThatConflictOrAreNone() throws {
        let fields = [
            "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5, 5",
            "Content-Length: 5abc", "Content-Length: +5", "Content-Length: -5", "Content-Length:",
            "Content-Length: 0x5",
            "Content-Length: 99999999999999999999", "Content-Length: 9223372036854775808", "Content-Length: 5 5",
            "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Transfer-Encoding: xchunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: identity",
            "Transfer-Encoding: chunked, identity", "Transfer-Encoding:", "Transfer-Encoding : chunked",
            "Content-Length : 5",
        ]
        try check(
            fields.map {
                Example(
                    name: $0,
                    bytes: "HTTP/1.1 200 OK\r\n\($0)\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                    outcome: .badGateway
                )
            }
        )
    }

    @Test func statusLinesAndFieldsThatAreNone() throws {
        let heads = [
            "garbage", "", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 2x0 OK",
            "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 200OK", "http/1.1 200 OK", "HTTP/1.2 200 OK",
            "HTTP/2 200 ",
            "HTTP/0.9 200 OK", "ICY 200 OK", "HTTP/1.1 600 X", "HTTP/1.1 099 X", "HTTP/1.1 999 X",
            "HTTP/1.1 200 a\rb", "HTTP/1.1 200 a\0b", "HTTP/1.1 200 OK\r\n: empty", "HTTP/1.1 200 OK\r\nno colon",
            "HTTP/1.1 200 OK\r\nA b: c", "HTTP/1.1 200 OK\r\nA: b\0c", "HTTP/1.1 200 OK\r\nA: b\u{1}c",
            "HTTP/1.1 200 OK\r\nA: b\u{7F}c", "HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: c=d", "HTTP/1.1 200 OK\nA: b",
            "HTTP/1.1 200 OK\r\nA: b\nSet-Cookie: c=d", "HTTP/1.1 200 OK\r\nA: b\r\n folded",
            "HTTP/1.1 200 OK\r\n A: b", "HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK", "HTTP/1.1 101 Switching Protocols",
        ]
        try check(
            heads.map {
                Example(
                    name: $0.debugDescription,
                    bytes: "\($0)\r\nContent-Length: 5\r\n\r\nhello",
                    outcome: .badGateway
                )
            }
        )
    }

    /// Before 8.1.1 libcurl took such a line for the rest of a header that it had freed, and the process died of it.
    @Test func foldedLineBehindTheStatusLineDoesNoHarm() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                guard request.target == "/odd" else {
                    try connection.send(.text("hello", fields: [("X-A", "b"), ("X-B", "c")]), to: request)
                    continue
                }
                try connection.send("HTTP/1.1 200 OK\r\n folded: \(String(repeating: "x", count: 500))\r\n\r\n")
            }
        }
        // Its own fault, so the same backend is asked again at once.
        try withGateway([origin], { $0.healthInterval = "20ms" }) { gateway in
            for _ in 0..<30 {
                _ = try gateway.get("/fine")
                let response = try gateway.get("/odd")
                #expect(response.status == 502 || response.status == 503)
                try origin.waitForPings(origin.pings + 2)
            }
        }
    }

    @Test func headsThatAreTooLargeOrNeverEnd() throws {
        let long = String(repeating: "v", count: 70_000)
        let many = String(repeating: "X-Many: v\r\n", count: 300)
        let interim = String(repeating: "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", count: 101)
        let head = "HTTP/1.1 200 OK\r\n"
        try check([
            Example(
                name: "one long field",
                bytes: head + "X: \(long)\r\nContent-Length: 0\r\n\r\n",
                outcome: .badGateway
            ),
            Example(name: "many fields", bytes: head + many + "Content-Length: 0\r\n\r\n", outcome: .badGateway),
            Example(name: "a long reason", bytes: "HTTP/1.1 200 \(long)\r\n\r\n", outcome: .badGateway),
            Example(name: "a long name", bytes: head + "\(long): v\r\n\r\n", outcome: .badGateway),
            Example(name: "a flood of 1xx", bytes: interim + head + "Content-Length: 0\r\n\r\n", outcome: .badGateway),
            Example(name: "a close in the status line", bytes: "HTTP/1.1 2", outcome: .badGateway, closes: true),
            Example(name: "a close behind the status line", bytes: head, outcome: .badGateway, closes: true),
            Example(name: "a close in a field", bytes: head + "Content-Le", outcome: .badGateway, closes: true),
            Example(
                name: "a close before the blank line",
                bytes: head + "Content-Length: 0\r\n",
                outcome: .badGateway,
                closes: true
            ),
            Example(name: "a close without a word", bytes: "", outcome: .badGateway, closes: true),
            Example(name: "a close behind 1xx", bytes: "HTTP/1.1 103 X\r\n\r\n", outcome: .badGateway, closes: true),
        ])
    }

    @Test func bodiesThatMayNotBe() throws {
        let body = Self.poison
        let length = "Content-Length: \(body.utf8.count)\r\n\r\n"
        try check([
            Example(name: "204", bytes: "HTTP/1.1 204 X\r\n" + length + body, outcome: .response(204, "")),
            Example(name: "304", bytes: "HTTP/1.1 304 X\r\n" + length + body, outcome: .response(304, "")),
            Example(
                name: "HEAD",
                bytes: "HTTP/1.1 200 X\r\n" + length + body,
                outcome: .response(200, ""),
                method: "HEAD"
            ),
            Example(name: "204, late", bytes: "HTTP/1.1 204 X\r\n" + length, outcome: .response(204, ""), late: body),
            Example(name: "304, late", bytes: "HTTP/1.1 304 X\r\n" + length, outcome: .response(304, ""), late: body),
            Example(
                name: "HEAD, late",
                bytes: "HTTP/1.1 200 X\r\n" + length,
                outcome: .response(200, ""),
                method: "HEAD",
                late: body
            ),
            Example(
                name: "HEAD, chunked and late",
                bytes: "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n",
                outcome: .response(200, ""),
                method: "HEAD",
                late: body
            ),
            Example(name: "103", bytes: "HTTP/1.1 103 X\r\n" + length + body, outcome: .badGateway),
        ])
    }

    @Test(arguments: [0, 100_000], [poison, "x", "\r\n"])
    func bytesBehindTheEnd(size: Int, tail: String) throws {
        let body = String(repeating: "b", count: size)
        let chunk = size == 0 ? "" : "\(String(size, radix: 16))\r\n\(body)\r\n"
        let length = "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n\(body)\(tail)"
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)0\r\n\r\n\(tail)"
        try check([
            Example(name: "a length", bytes: length, outcome: .response(200, body), isDropped: size == 0),
            Example(name: "chunks", bytes: chunked, outcome: .response(200, body)),
        ])
    }

    /// More than libcurl reads at once, so that it cannot even drop it.
    @Test func manyBytesBehindTheEnd() throws {
        let body = String(repeating: "b", count: 100_000)
        let tail = String(repeating: Self.poison, count: 4000)
        let bytes = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)\(tail)"
        try check([Example(name: "many", bytes: bytes, outcome: .response(200, body))])
    }

    @Test func bodiesThatEndEarlyOrAreBroken() throws {
        let length = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        let cut = [
            ("a length", length + "hello"), ("nothing of a length", length), ("a chunk", chunked + "5\r\nhe"),
            ("a size", chunked + "5"), ("the last chunk", chunked + "5\r\nhello\r\n"),
            ("the end", chunked + "5\r\nhello\r\n0\r\n"), ("trailers", chunked + "5\r\nhello\r\n0\r\nX: y\r\n"),
        ]
        try check(cut.map { Example(name: "a close in \($0)", bytes: $1, outcome: .truncated, closes: true) })
        let broken = [
            ("a size that is none", "zz\r\n"), ("a negative size", "-5\r\nhello\r\n0\r\n\r\n"),
            ("too large a size", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
            ("data longer than its size", "5\r\nhelloworld\r\n0\r\n\r\n"),
            ("a trailer that frames", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"),
            ("a trailer with NUL", "5\r\nhello\r\n0\r\nX: \0\r\n\r\n"),
            ("a trailer with a bare CR", "5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n"),
        ]
        try check(broken.map { Example(name: $0, bytes: chunked + $1, outcome: .truncated) })
    }

    /// The chunks of responses are read by libcurl, which is lenient. What it has read is framed anew, so that the client
    /// reads neither more nor less.
    /// libcurl takes all of these.
    @Test func laxChunksAreCut() throws {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        let extensions = String(repeating: "e", count: 90_000)
        let lax = [
            ("a letter behind the size", "2g\r\nok\r\n0\r\n\r\n"),
            ("a word behind it", "2 junk\r\nok\r\n0 xyz\r\n\r\n"),
            ("a comma", "2,3\r\nok\r\n0\r\n\r\n"), ("an underscore", "2\r\nok\r\n0_1\r\n\r\n"),
            ("bare LF", "2\nok\n0\n\n"), ("an extension without end", "2;\(extensions)\r\nok\r\n0\r\n\r\n"),
            ("control bytes in an extension", "2;\u{1B}\u{7}\r\nok\r\n0\r\n\r\n"),
            ("no CRLF at the end", "2\r\nok\r\n0\r\n\n"),
        ]
        try check(
            lax.map { Example(name: $0, bytes: chunked + $1, outcome: .truncated) }
        )
    }
}
