// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway
import Testing

/// What a backend gets of a client's request, byte for byte.
@Suite struct RequestRewriterTests {
    /// The gateway adds these; the request id is any 32 digits.
    private func added(_ host: String, via: String = "1.1") -> [String] {
        [
            "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: \(host)", "X-Request-Id: #",
            "Via: \(via) curlew", "X-Curlew: HTTP/1.1",
        ]
    }

    /// Sends `request` through a worker and returns the lines that the backend got.
    private func forwarded(_ request: String) throws -> [String] {
        let origin = try FakeOrigin()
        let worker = try ServingWorker([origin])
        let client = try worker.client()
        try client.send(request)
        _ = try client.response(to: String(request.prefix { $0 != " " }))
        client.close()
        try worker.stop()
        let lines = try origin.waitForRequest().headText.components("\r\n").dropLast(2)
        return lines.map { line in
            guard line.hasPrefix("X-Request-Id: ") else { return line }
            let id = line.dropFirst(14)
            return id.count == 32 && id.allSatisfy(\.isHexDigit) ? "X-Request-Id: #" : line
        }
    }

    @Test func aPlainRequestIsPassedOnWithWhatTheGatewayAdds() throws {
        let lines = try forwarded(
            "GET /a?b HTTP/1.1\r\nhost: web.example:8080\r\nUser-Agent: x/1\r\nACCEPT: a/b\r\nX-Odd:\t  spaced out \t\r\n\r\n"
        )
        #expect(
            lines == [
                "GET /a?b HTTP/1.1", "Host: web.example:8080", "User-Agent: x/1", "ACCEPT: a/b", "X-Odd:\t  spaced out",
            ]
                + added("web.example:8080")
        )
    }

    /// An empty value is what libcurl takes for a wish to leave the field out.
    @Test func emptyAndRepeatedFieldsPass() throws {
        let lines = try forwarded(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Blank:  \t \r\nX-Twice: 1\r\nX-Twice: 1\r\nx-semi: a;b\r\nX-Last:\r\n\r\n"
        )
        #expect(
            lines == [
                "GET / HTTP/1.1", "Host: a", "X-Empty:", "X-Blank:", "X-Twice: 1", "X-Twice: 1", "x-semi: a;b",
                "X-Last:",
            ] + added("a")
        )
    }

    @Test func fieldsForThisHopAndThoseTheyNameAreDropped() throws {
        let lines = try forwarded(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Mine, keep-alive\r\nConnection: x-too\r\nX-Mine: 1\r\nx-TOO:\r\n"
                + "X-Other: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nTrailer: x\r\nUpgrade: h2c\r\nProxy-Connection: close\r\n"
                + "Proxy-Authorization: Basic x\r\nHTTP2-Settings: x\r\n\r\n"
        )
        // Newer versions of libcurl send Connection last.
        let own = ["TE: trailers", "Connection: TE"]
        #expect(own.allSatisfy(lines.contains))
        #expect(lines.filter { !own.contains($0) } == ["GET / HTTP/1.1", "Host: a", "X-Other: 1"] + added("a"))
    }

    /// The gateway hands on trailers where the client takes them, and says no more than that.
    @Test func onlyTrailersAreSaidInTE() throws {
        for (field, version, isSaid) in [
            ("TE: trailers", "1.1", true), ("TE: deflate, Trailers", "1.1", true), ("TE: gzip;q=1", "1.1", false),
            ("TE:", "1.1", false), ("TE: trailers", "1.0", false), ("X: y", "1.1", false),
        ] {
            let lines = try forwarded("GET / HTTP/\(version)\r\nHost: a\r\n\(field)\r\n\r\n")
            #expect(lines.filter { $0.hasPrefix("TE") } == (isSaid ? ["TE: trailers"] : []), "\(field)")
            #expect(lines.filter { $0.hasPrefix("Conn") } == (isSaid ? ["Connection: TE"] : []), "\(field)")
        }
    }

    @Test func trailersAreAnnouncedOnlyWhereThereMayBeSome() throws {
        let fields = "Host: a\r\nTrailer: X-Sum"
        let chunked = try forwarded("PUT / HTTP/1.1\r\n\(fields)\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        #expect(chunked == ["PUT / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Trailer: X-Sum"] + added("a"))
        let whole = try forwarded("PUT / HTTP/1.1\r\n\(fields)\r\nContent-Length: 2\r\n\r\nhi")
        #expect(!whole.contains { $0.hasPrefix("Trailer") })
    }

    /// A client must not be able to have removed what the gateway, or the framing, depends on.
    @Test func whatMattersCannotBeNamedAway() throws {
        let lines = try forwarded(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Type: t/x\r\n"
                + "Connection: host, content-length, content-type, x-forwarded-for, x-request-id, via\r\n\r\nhi"
        )
        #expect(
            lines == ["POST / HTTP/1.1", "Host: a", "Content-Type: t/x"] + added("a") + ["Content-Length: 2"]
        )
    }

    @Test func whatAClientSaysOfItsWayIsReplaced() throws {
        let lines = try forwarded(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
                + "X-Forwarded-Port: 1\r\nForwarded: for=1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nX-Request-Id: mine\r\n"
                + "X-Curlew: mine\r\nx-forwarded-ssl: on\r\nX-FORWARDED-Prefix: /a\r\nX-Forwarded-:\r\nVia: 1.1 other\r\n\r\n"
        )
        #expect(lines == ["GET / HTTP/1.1", "Host: a", "Via: 1.1 other"] + added("a"))
    }

    @Test(arguments: [
        ("GET http://web.example/x?y HTTP/1.1", "GET /x?y HTTP/1.1"),
        ("GET http://web.example HTTP/1.1", "GET / HTTP/1.1"),
        ("GET HTTP://web.example?q HTTP/1.1", "GET /?q HTTP/1.1"),
        ("OPTIONS http://web.example HTTP/1.1", "OPTIONS * HTTP/1.1"),
        ("OPTIONS http://web.example/ HTTP/1.1", "OPTIONS / HTTP/1.1"),
    ])
    func anAbsoluteTargetIsTakenApart(sent: String, got: String) throws {
        let lines = try forwarded("\(sent)\r\nHost: ignored.example\r\n\r\n")
        #expect(lines == [got, "Host: web.example"] + added("web.example"))
    }

    @Test(arguments: ["/", "//", "/a//b/../%2F;x=1?", "/?", "/%00%zz", "/\"{}|^`"])
    func theBytesOfATargetAreNotChanged(target: String) throws {
        #expect(try forwarded("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")[0] == "GET \(target) HTTP/1.1")
    }

    @Test func theAsteriskPasses() throws {
        #expect(try forwarded("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")[0] == "OPTIONS * HTTP/1.1")
    }

    @Test func anHTTP10RequestIsSentAs11() throws {
        let lines = try forwarded("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        #expect(lines == ["GET / HTTP/1.1", "Host: a"] + added("a", via: "1.0"))
    }

    /// Without a Host of the client's own, the backend gets its own name: HTTP/1.1 demands one.
    @Test func anHTTP10RequestWithoutHostGetsTheBackends() throws {
        let lines = try forwarded("GET / HTTP/1.0\r\n\r\n")
        #expect(lines.last?.hasPrefix("Host: 127.0.0.1:") == true)
        #expect(!lines.contains { $0.hasPrefix("X-Forwarded-Host") })
    }

    @Test func expectationsEndAtTheGateway() throws {
        let lines = try forwarded(
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
        )
        #expect(lines == ["PUT / HTTP/1.1", "Host: a"] + added("a") + ["Content-Length: 2"])
    }

    @Test(arguments: ["GET", "DELETE", "BREW", "POST"]) func aRequestWithoutABodySaysNothingOfOne(method: String) throws
    {
        #expect(
            try forwarded("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n") == ["\(method) / HTTP/1.1", "Host: a"] + added("a")
        )
    }

    @Test func anEmptyBodyIsSaidToBeEmpty() throws {
        let lines = try forwarded("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(lines == ["POST / HTTP/1.1", "Host: a"] + added("a") + ["Content-Length: 0"])
    }
}
