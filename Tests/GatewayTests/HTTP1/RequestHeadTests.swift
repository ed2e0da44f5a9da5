// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

struct RequestHeadTests {
    /// RFC 9112 §3, the example of a request.
    @Test func partsOfAHead() {
        let text =
            "GET /hello.txt?a=b HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\nHost: www.example.com\r\nAccept-Language: en, mi\r\n\r\n"
        let parsed = ParsedRequest(text)
        #expect(parsed.outcome == .complete)
        #expect(parsed.length == text.utf8.count)
        #expect(parsed.method == "GET")
        #expect(parsed.target == "/hello.txt?a=b")
        #expect(parsed.path == "/hello.txt?a=b")
        #expect(parsed.authority == "www.example.com")
        #expect(parsed.port == nil)
        #expect(
            parsed.fields == [
                ["User-Agent", "curl/7.64.1"], ["Host", "www.example.com"], ["Accept-Language", "en, mi"],
            ]
        )
        #expect(parsed.known == [.userAgent, .host, .other])
        #expect(parsed.framing == .none)
        #expect(parsed.keepAlive)
        #expect(!parsed.isHTTP10)
    }

    @Test func valuesLoseTheWhitespaceAroundThemAndNothingElse() {
        let parsed = ParsedRequest("GET / HTTP/1.1\r\nHost:a\r\nX: \t a \t b\t \r\nY:\r\nZ: \t \r\n\r\n")
        #expect(parsed.fields == [["Host", "a"], ["X", "a \t b"], ["Y", ""], ["Z", ""]])
    }

    @Test func aFieldLineCanBeHandedOnWhole() {
        let bytes = Array("GET / HTTP/1.1\r\nHost:a\r\nX-Case:  a b \r\n\r\n".utf8)
        var parser = RequestParser()
        let head = RequestHead()
        #expect(parser.parse(bytes.span, into: head) == .complete)
        #expect(head.fields.map { bytes[$0.line].latin1 } == ["Host:a", "X-Case:  a b"])
    }

    /// RFC 9112 §3.2.2 and §3.2.4 with their examples.
    @Test(arguments: [
        ("GET http://www.example.org/pub/WWW/ HTTP/1.1", "/pub/WWW/", "www.example.org", 15, nil),
        ("GET http://www.example.org HTTP/1.1", "/", "www.example.org", 15, nil),
        ("GET http://www.example.org?q HTTP/1.1", "/?q", "www.example.org", 15, nil),
        ("OPTIONS http://www.example.org:8001 HTTP/1.1", "*", "www.example.org:8001", 15, 8001),
        ("OPTIONS http://www.example.org:8001/ HTTP/1.1", "/", "www.example.org:8001", 15, 8001),
        ("OPTIONS http://www.example.org?q HTTP/1.1", "/?q", "www.example.org", 15, nil),
        ("OPTIONS * HTTP/1.1", "*", "host.example:99", 12, 99),
        ("GET HTTPS://[::1]:443/a HTTP/1.1", "/a", "[::1]:443", 5, 443),
        ("GET / HTTP/1.1", "/", "host.example:99", 12, 99),
        ("CONNECT a.example:22 HTTP/1.1", "", "a.example:22", 9, 22),
    ])
    func targetFormsDecidePathAndAuthority(line: String, path: String, authority: String, host: Int, port: UInt16?) {
        let parsed = ParsedRequest(line + "\r\nHost: host.example:99\r\n\r\n")
        #expect(parsed.outcome == .complete)
        #expect(parsed.path == path)
        #expect(parsed.authority == authority)
        #expect(parsed.hostLength == host)
        #expect(parsed.port == port)
    }

    /// RFC 9112 §9.3.
    @Test(arguments: [
        ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.1", "Connection: Keep-Alive\r\n", true),
        ("1.1", "Connection: keep-alive, CLOSE\r\n", false), ("1.1", "Connection: closed\r\n", true),
        ("1.1", "Connection: close\r\nConnection: keep-alive\r\n", false), ("1.1", "Connection: ,, ,close\r\n", false),
        ("1.1", "Proxy-Connection: close\r\n", true), ("1.9", "", true),
        ("1.0", "", false), ("1.0", "Connection: keep-alive\r\n", true), ("1.0", "Keep-Alive: 5\r\n", false),
        ("1.0", "Connection: keep-alive, close\r\n", false), ("1.0", "Connection: x, Keep-Alive\r\n", true),
        ("1.0", "Proxy-Connection: keep-alive\r\n", false),
    ])
    func persistence(version: String, fields: String, keepAlive: Bool) {
        let parsed = ParsedRequest("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")
        #expect(parsed.outcome == .complete)
        #expect(parsed.keepAlive == keepAlive)
    }

    @Test(arguments: [
        ("1.1", "Content-Length: 5\r\nExpect: 100-continue\r\n", true),
        ("1.1", "Transfer-Encoding: chunked\r\nexpect: 100-CONTINUE\r\n", true),
        ("1.1", "Content-Length: 5\r\nExpect: 100-continue, 100-continue\r\n", true),
        ("1.1", "Content-Length: 5\r\n", false), ("1.1", "Content-Length: 5\r\nExpect:\r\n", false),
        ("1.1", "Content-Length: 0\r\nExpect: 100-continue\r\n", false), ("1.1", "Expect: 100-continue\r\n", false),
        ("1.0", "Content-Length: 5\r\nExpect: 100-continue\r\n", false),
    ])
    func expectation(version: String, fields: String, expects: Bool) {
        let parsed = ParsedRequest("POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")
        #expect(parsed.outcome == .complete)
        #expect(parsed.expectsContinue == expects)
    }

    @Test(arguments: [
        ("1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", true), ("1.1", "Upgrade: websocket\r\n", false),
        ("1.1", "Connection: upgrade\r\n", false), ("1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n", false),
    ])
    func upgrade(version: String, fields: String, wants: Bool) {
        #expect(ParsedRequest("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n").wantsUpgrade == wants)
    }

    @Test(arguments: [
        ("trailers", true), ("gzip, Trailers", true), ("gzip;q=1", false), ("trailers2", false), ("", false),
    ])
    func trailersAreAcceptedWhereTESaysSo(value: String, accepts: Bool) {
        #expect(ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\nTE: \(value)\r\n\r\n").acceptsTrailers == accepts)
    }

    @Test func knownFieldsAreFoundByName() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nVIA: 1\r\nX: y\r\nvia: 2\r\n\r\n".utf8)
        var parser = RequestParser()
        let head = RequestHead()
        #expect(parser.parse(bytes.span, into: head) == .complete)
        #expect(head.contains(.via))
        #expect(!head.contains(.forwarded))
        #expect(head.first(.via).map { bytes[$0.value].latin1 } == "1")
        #expect(head.first(.forwarded) == nil)
        #expect(head.hostIndex == 0)
    }

    @Test func eachMethodIsKnownAndOnlyInItsOwnCase() {
        let expected: [(String, Method, Bool)] = [
            ("GET", .get, true), ("HEAD", .head, true), ("POST", .post, false), ("PUT", .put, true),
            ("DELETE", .delete, true), ("CONNECT", .connect, false), ("OPTIONS", .options, true),
            ("TRACE", .trace, true), ("PATCH", .patch, false), ("QUERY", .other, false), ("GETT", .other, false),
        ]
        #expect(Set(expected.map(\.1)) == Set(Method.allCases))
        for (name, method, isIdempotent) in expected {
            let bytes = Array(name.utf8)
            #expect(Method(bytes.span, 0..<bytes.count) == method)
            #expect(method.isIdempotent == isIdempotent)
            let small = Array(name.lowercased().utf8)
            #expect(Method(small.span, 0..<small.count) == .other)
        }
    }
}
