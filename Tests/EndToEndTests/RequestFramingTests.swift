// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct RequestFramingTests {
    /// Each is one request whose end or meaning two parsers could see differently: the classics of request smuggling.
    private static let ambiguous: [(name: String, bytes: String, status: Int)] = [
        (
            "Content-Length beside Transfer-Encoding",
            post("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400
        ),
        ("two different Content-Lengths", post("Content-Length: 3\r\nContent-Length: 4", "abcd"), 400),
        ("a list as Content-Length", post("Content-Length: 3, 4", "abcd"), 400),
        ("a sign in Content-Length", post("Content-Length: +3", "abc"), 400),
        ("a negative Content-Length", post("Content-Length: -3", "abc"), 400),
        ("a hexadecimal Content-Length", post("Content-Length: 0x3", "abc"), 400),
        ("a Content-Length beyond 64 bits", post("Content-Length: 18446744073709551619", "abc"), 400),
        ("an empty Content-Length", post("Content-Length:", "abc"), 400),
        ("a space before the colon", post("Content-Length : 3", "abc"), 400),
        ("Transfer-Encoding with a space before the colon", post("Transfer-Encoding : chunked", "0\r\n\r\n"), 400),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), 400),
        ("chunked not last", post("Transfer-Encoding: chunked, identity", "0\r\n\r\n"), 400),
        ("an unknown transfer coding", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 501),
        ("an odd spelling of chunked", post("Transfer-Encoding: xchunked", "0\r\n\r\n"), 501),
        ("a vertical tab before chunked", post("Transfer-Encoding: \u{0B}chunked", "0\r\n\r\n"), 400),
        (
            "Transfer-Encoding in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
        ),
        ("bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400),
        ("bare LF after a field", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
        ("bare CR in a field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 400),
        ("a folded line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
        ("a space before the first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        ("NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
        ("NUL in a name", "GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n", 400),
        ("a field without a colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400),
        ("an empty field name", "GET / HTTP/1.1\r\nHost: x\r\n: v\r\n\r\n", 400),
        ("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
        ("no version", "GET /\r\nHost: x\r\n\r\n", 400),
        ("two spaces in the request line", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("a control byte in the target", "GET /\u{1B}[31m HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("a lower-case version", "GET / http/1.1\r\nHost: x\r\n\r\n", 400),
        ("version 1.1 with a space behind it", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
        ("version 2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("a TLS greeting", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}\r\n\r\n", 400),
        ("an unknown expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417),
    ]

    private static func post(_ fields: String, _ body: String) -> String {
        "POST / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n\(body)"
    }

    @Test func ambiguousRequestIsRefusedAndTheConnectionClosed() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            for (name, bytes, status) in Self.ambiguous {
                let client = try gateway.connect()
                // A well-formed request behind it must not be served: where it begins is a guess.
                try client.send(bytes + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
                let response = try client.response()
                #expect(response.status == status, "\(name)")
                #expect(response.fields.lists("close", in: "Connection"), "\(name)")
                guard response.status == status else { continue }
                #expect(try client.waitForClose().isEmpty, "\(name)")
            }
            #expect(origin.requests.map(\.headText) == [])
        }
    }

    /// The head is in order, so a backend may have seen it before the body went wrong; but never a whole request.
    @Test(arguments: [
        "z\r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n", "fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n", "3;a\nb\r\nabc\r\n0\r\n\r\n", "\r\n3\r\nabc\r\n0\r\n\r\n",
    ])
    func malformedChunksNeverMakeAWholeRequest(chunks: String) throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Transfer-Encoding: chunked"]) + chunks)
            let response = try client.response(to: "POST")
            #expect(response.status == 400)
            try client.waitForClose()
            #expect(!origin.requests.contains { $0.isComplete })
            // A mistake of the client says nothing about the backend.
            #expect(try gateway.get().status == 200)
        }
    }

    @Test(arguments: [
        "3\r\nabc\r\n0\r\n\r\n", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "03\r\nabc\r\n000\r\n\r\n",
        "3;name=value;other=\"quoted\"\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\nTrailer-Field: v\r\n\r\n",
    ])
    func wellFormedChunksArrive(chunks: String) throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let text = request("POST", fields: ["Transfer-Encoding: Chunked"]) + chunks
            #expect(try client.exchange(text).text == "abc")
            // And the connection is where it should be for the next request.
            try client.sendBytewise(text)
            #expect(try client.response(to: "POST").text == "abc")
        }
    }

    @Test func anyMethodMayHaveABodyOrNone() throws {
        let origin = try FakeOrigin { .text("\($0.method) \($0.body.text)") }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "PROPFIND", "M-SEARCH"] {
                #expect(try client.exchange(request(method, body: "b")).text == "\(method) b")
                #expect(try client.exchange(request(method)).text == "\(method) ")
            }
        }
    }

    @Test func requestMayArriveByteByByteAndBehindAnEmptyLine() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.sendBytewise("\r\n" + request("PUT", "/slow", fields: ["X-Empty:"], body: "hello"))
            #expect(try client.response(to: "PUT").text == "hello")
            #expect(origin.requests.first?.fields["X-Empty"] == "")
        }
    }

    @Test func bodyThatEndsEarlyIsNeverWhole() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: 10"]) + "12345")
            try origin.waitForHead()
            client.close()
            try origin.waitForEnd(ofConnection: try origin.waitForHead().connection)
            #expect(!origin.requests.contains { $0.isComplete })
        }
    }
}
