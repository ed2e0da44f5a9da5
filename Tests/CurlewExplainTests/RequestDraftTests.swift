// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

/// What one may ask about, and what the parser says of it.
@Suite struct RequestDraftTests {
    private static let yaml = "backends: [\"http://b0:1\"]"

    private func bytes(_ method: String, _ url: String, _ headers: [String] = []) throws -> String {
        let draft = try RequestDraft(method: method, url: url, headers: headers, from: IPAddress(ipv4: 1))
        return String(decoding: draft.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("http://a.example", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        ("HTTPS://a:8080/x/../y?q=%20", "GET /x/../y?q=%20 HTTP/1.1\r\nHost: a:8080\r\n\r\n"),
        ("http://[::1]:3000?q", "GET /?q HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n"),
        ("/only/a/path", "GET /only/a/path HTTP/1.1\r\n\r\n"),
    ])
    func aURLBecomesATargetAndAHostWithoutAnythingResolved(url: String, head: String) throws {
        #expect(try bytes("GET", url) == head)
    }

    @Test func aHostFieldTakesThePlaceOfThatOfTheURL() throws {
        #expect(try bytes("GET", "http://a/", ["hOST: b", "X: 1"]) == "GET / HTTP/1.1\r\nhOST: b\r\nX: 1\r\n\r\n")
    }

    @Test(arguments: [
        ("", "http://a/", []), ("GET x", "http://a/", []), ("GET", "ftp://a/", []), ("GET", "http:///x", []),
        ("GET", "http://a/b c", []), ("GET", "", []), ("GET", "http://a/", ["no colon"]),
        ("GET", "http://a/", ["X: 1\r\nY: 2"]), ("GET\r\n", "http://a/", []), ("GET", "a.example/x", []),
    ])
    func whatCannotBeSentIsNoRequest(method: String, url: String, headers: [String]) {
        #expect(throws: RequestDraft.Problem.self) { try bytes(method, url, headers) }
    }

    @Test(
        arguments: [
            ("", "http://a/", [], .method, "GET"), ("GET", "", [], .url, "http://HOST/PATH"),
            ("GET", "ftp://a/", [], .url, "\"ftp://a/\""), ("GET", "http://", [], .url, "no host"),
            ("GET", "http://me:secret@a/", [], .url, "Authorization"), ("GET", "http://a/#x", [], .url, "%23"),
            ("GET", "http://a/", ["A: 1", "no colon"], .header(1), "\"no colon\""),
            ("GET", "http://a/", ["A: 1\r\nB: 2"], .header(0), "line breaks"),
            ("GET", "ftp://" + String(repeating: "x", count: 100_000), [], .url, "xxx…\""),
            ("GET", "ftp://\u{9B}2J", [], .url, "\\u{009B}"),
        ] as [(String, String, [String], RequestDraft.Problem.Part, String)]
    )
    func whatIsWrongIsSaidInAFewWords(
        method: String,
        url: String,
        headers: [String],
        part: RequestDraft.Problem.Part,
        words: String
    ) throws {
        let problem = try #require(throws: RequestDraft.Problem.self) { try bytes(method, url, headers) }
        #expect(problem.part == part)
        #expect(problem.description.contains(words), "\(problem)")
        #expect(problem.description.utf8.count < 200 && !problem.description.contains("secret"))
    }

    @Test(arguments: [
        (["Host: b", "Host: b"], 400), (["Content-Length: 1", "Content-Length: 1"], 400),
        (["Transfer-Encoding: gzip"], 501), (["Expect: tea", "Content-Length: 1"], 417), (["X : 1"], 400),
    ])
    func whatTheParserRefusesHasItsStatusAndReason(headers: [String], status: Int) throws {
        let result = try explain("POST", "http://a/", headers, in: Self.yaml).result
        #expect(result.kind == .refused)
        #expect(result.stage == .parsing)
        #expect(result.status == status)
        #expect(result.reason?.isEmpty == false)
    }

    @Test func limitsAreThoseOfTheFile() throws {
        let yaml = "backends: [\"http://b0:1\"]\nlimits: { header_count: 3, request_line_bytes: 300, body_bytes: 10 }\n"
        let long = "http://a/" + String(repeating: "x", count: 300)
        #expect(try explain("GET", "http://a/", ["A: 1", "B: 1", "C: 1"], in: yaml).result.status == 431)
        #expect(try explain("GET", long, in: yaml).result.status == 414)
        let large = try explain("POST", "http://a/", ["Content-Length: 11"], in: yaml)
        #expect(large.result.status == 413)
        #expect(large.result.stage == .body)
        #expect(try explain("HEAD", "http://a/", ["Content-Length: 1"], in: yaml).result.status == 400)
    }

    @Test func whatIsForTheGatewayItselfIsSaid() throws {
        #expect(try explain("CONNECT", "a:443", in: Self.yaml).result.status == 405)
        let options = try explain("OPTIONS", "*", ["Host: a", "Max-Forwards: 0"], in: Self.yaml).result
        #expect(options.stage == .maxForwards)
        #expect(options.status == 200)
    }

    @Test func theClientIsWhomATrustedProxyNames() throws {
        let yaml = "trusted_proxies: [10.0.0.0/8]\n" + Self.yaml
        let headers = ["X-Forwarded-For: 1.2.3.4, 203.0.113.9, 10.0.0.2"]
        let trusted = try explain("GET", "http://a/", headers, from: "10.0.0.1", in: yaml).client
        #expect(trusted.isTrustedProxy)
        #expect(trusted.address == "203.0.113.9")
        #expect(trusted.source == .forwardedFor)
        let anybody = try explain("GET", "http://a/", headers, from: "11.0.0.1", in: yaml).client
        #expect(anybody.address == "11.0.0.1")
        #expect(anybody.source == .connection)
        let other = ["Forwarded: for=\"[2001:db8::9]\""]
        #expect(try explain("GET", "http://a/", other, from: "10.0.0.1", in: yaml).client.address == "2001:db8::9")
    }
}
