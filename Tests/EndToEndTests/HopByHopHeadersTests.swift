// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct HopByHopHeadersTests {
    /// Sends a request with `fields` and returns it as the backend saw it.
    private func forwarded(_ fields: [String], version: String = "1.1") throws -> ReceivedRequest {
        let origin = try FakeOrigin()
        var seen: ReceivedRequest?
        try withGateway([origin]) { gateway in
            let answer = try gateway.connect().exchange(request(fields: fields, version: version))
            #expect(answer.status == 200)
            seen = try origin.waitForRequest()
        }
        return try #require(seen)
    }

    /// Answers a request with `fields` and returns the response as the client saw it.
    private func returned(_ fields: [(String, String)]) throws -> ReceivedResponse {
        let origin = try FakeOrigin { _ in .text("hello", fields: fields) }
        var seen: ReceivedResponse?
        try withGateway([origin]) { gateway in
            let response = try gateway.get()
            #expect(response.text == "hello")
            seen = response
        }
        return try #require(seen)
    }

    @Test(arguments: [
        "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: deflate", "Trailer: X-T",
        "Upgrade: h2c", "Proxy-Authenticate: Basic", "Proxy-Authorization: Basic eDp5",
    ])
    func ofTheRequestAreDropped(field: String) throws {
        let seen = try forwarded([field, "Connection: upgrade", "X-Kept: 1"])
        let name = String(field.prefix { $0 != ":" })
        #expect(!seen.fields.contains(name))
        #expect(!seen.fields.lists("upgrade", in: "Connection"))
        #expect(seen.fields["X-Kept"] == "1")
    }

    @Test func namedByConnectionAreDropped() throws {
        let seen = try forwarded([
            "X-One: 1", "X-Two: 2", "X-Three: 3", "X-Kept: 4", "Connection: x-one , X-TWO",
            "connection: keep-alive,,X-Three",
        ])
        #expect(!seen.fields.contains("X-One"))
        #expect(!seen.fields.contains("X-Two"))
        #expect(!seen.fields.contains("X-Three"))
        #expect(seen.fields["X-Kept"] == "4")
    }

    /// Whoever could have them removed could hide from the backend who is asking, or change where the body ends.
    @Test func thoseThatTheGatewaySetsCannotBeNamedByConnection() throws {
        let names = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Request-Id", "Via", "Host"]
        let seen = try forwarded(["Connection: \(names.joined(separator: ", "))"])
        for name in names {
            #expect(seen.fields.contains(name), "\(name)")
        }
    }

    @Test func lengthCannotBeNamedByConnection() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let text = request("POST", fields: ["Connection: Content-Length, Transfer-Encoding"], body: "hello")
            let response = try client.exchange(text)
            #expect(response.status == 400 || response.text == "hello")
        }
    }

    @Test func ofTheResponseAreDropped() throws {
        let seen = try returned([
            ("Keep-Alive", "timeout=5"), ("Proxy-Connection", "keep-alive"), ("X-Named", "1"), ("X-Kept", "2"),
            ("Connection", "keep-alive, x-named"), ("Upgrade", "h2c"), ("Trailer", "T"),
            ("Proxy-Authenticate", "Basic"),
        ])
        for name in ["Keep-Alive", "Proxy-Connection", "X-Named", "Upgrade", "Trailer"] {
            #expect(!seen.fields.contains(name), "\(name)")
        }
        #expect(seen.fields["X-Kept"] == "2")
    }

    @Test func closeFromTheBackendIsNotTheClientsAffair() throws {
        let origin = try FakeOrigin { _ in
            var response = OriginResponse.text("hello", fields: [("Connection", "close")])
            response.closes = true
            return response
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<3 {
                let response = try client.get()
                #expect(response.status == 200)
                #expect(!response.fields.lists("close", in: "Connection"))
            }
        }
    }

    @Test func endToEndFieldsPassUnchangedInOrder() throws {
        let fields = [
            "aCCept: text/*;q=0.3,  text/html", "X-Twice: 1", "Cookie: a=b; c=d", "X-Twice: 2", "X-Empty:",
            "User-Agent: test/1.0 (x; y)", "Authorization: Basic eDp5", "X-Tab: a\tb", "Accept-Encoding: br",
        ]
        let seen = try forwarded(fields)
        let names = Set(fields.map { String($0.prefix { $0 != ":" }) })
        let passed = seen.fields.list.filter { names.contains($0.name) }.map { "\($0.name): \($0.value)" }
        #expect(passed.sorted() == fields.map { $0 == "X-Empty:" ? "X-Empty: " : $0 }.sorted())
        #expect(seen.fields[all: "X-Twice"] == ["1", "2"])
    }

    @Test func libcurlAddsNothingOfItsOwn() throws {
        let seen = try forwarded([])
        let allowed = [
            "host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id", "via", "x-curlew",
        ]
        #expect(seen.fields.list.filter { !allowed.contains($0.name.lowercased()) }.map(\.name) == [])
        #expect(seen.version == "HTTP/1.1")
    }

    @Test func responseFieldsPassUnchangedInOrder() throws {
        let fields = [
            ("Set-Cookie", "a=b; Path=/"), ("sERVER", "test"), ("Set-Cookie", "c=d"), ("X-Empty", ""),
            ("Content-Encoding", "gzip"), ("ETag", "\"x\""), ("Cache-Control", "no-cache, max-age=0"),
        ]
        let seen = try returned(fields)
        let names = Set(fields.map(\.0))
        let passed = seen.fields.list.filter { names.contains($0.name) }.map { "\($0.name): \($0.value)" }
        #expect(passed == fields.map { "\($0.0): \($0.1)" })
    }

    @Test func thereIsOneDateAndItIsTheBackends() throws {
        let date = "Tue, 15 Nov 1994 08:12:31 GMT"
        #expect(try returned([("Date", date)]).fields[all: "Date"] == [date])
        // RFC 9110, section 6.6.1: a recipient without one from the origin adds its own.
        #expect(try returned([]).fields[all: "Date"].count == 1)
    }

    @Test func bytesBeyondASCIIPassUnchanged() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(
                Array("GET / HTTP/1.1\r\nHost: x\r\nX-Latin: ".utf8) + [0xE9, 0xFF] + Array("\r\n\r\n".utf8)
            )
            #expect(try client.response().status == 200)
            let head = try origin.waitForRequest().head
            #expect(head.indices.contains { head[$0] == 0xE9 && head[$0 + 1] == 0xFF })
        }
    }
}
