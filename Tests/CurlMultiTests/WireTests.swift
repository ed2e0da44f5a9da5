// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Testing

/// What libcurl puts on the wire: what it was asked to send, and not a byte more.
@Suite struct WireTests {
    private static let styles = [HeadStyle.wholeText, .list]

    /// A head's lines: the request line first, the others sorted, since their order is libcurl's affair.
    private func head(_ request: ReceivedRequest) -> [String] {
        let lines = request.headText.split(separator: "\r\n").map(String.init).filter { $0 != "X-Curlew: HTTP/1.1" }
        return [lines[0]] + lines.dropFirst().sorted()
    }

    @Test(arguments: styles) func aGetSaysWhatItWasToldToSay(style: HeadStyle) throws {
        let origin = try FakeOrigin()
        let driver = try Driver(style)
        let fetch = Fetch(
            try driver.transfer(to: origin),
            headers: ["X-One: 1", "x-two:  spaced ", "X-Empty:", "X-Colon: a:", "X-One: 2"]
        )
        #expect(try driver.finish(fetch) == .CURLE_OK)
        let request = try origin.waitForRequest()
        let last = style == .wholeText ? "X-Curlew: HTTP/1.1\r\n" : ""
        #expect(
            request.headText
                == "GET / HTTP/1.1\r\nHost: test.example\r\nX-One: 1\r\nx-two:  spaced \r\nX-Empty:\r\nX-Colon: a:\r\nX-One: 2\r\n"
                + "\(last)\r\n"
        )
        #expect(fetch.text == "hello")
        #expect(fetch.lines.first == "HTTP/1.1 200 OK")
        #expect(fetch.lines.last == "")
        #expect(fetch.attempts == [1])
    }

    @Test(arguments: styles) func aHeadHasNoBodyWhateverItsLengthSays(style: HeadStyle) throws {
        let origin = try FakeOrigin()
        let driver = try Driver(style)
        let fetch = Fetch(try driver.transfer(to: origin), "HEAD")
        #expect(try driver.finish(fetch) == .CURLE_OK)
        #expect(head(try origin.waitForRequest()) == ["HEAD / HTTP/1.1", "Host: test.example"])
        #expect(fetch.lines.contains("Content-Length: 5"))
        #expect(fetch.body.isEmpty)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET", "BREW"], styles)
    func aWholeBodyIsSentWithItsLength(method: String, style: HeadStyle) throws {
        let origin = try FakeOrigin { .echo($0) }
        let driver = try Driver(style)
        let fetch = Fetch(try driver.transfer(to: origin), method, body: .whole("whole"))
        #expect(try driver.finish(fetch) == .CURLE_OK)
        let request = try origin.waitForRequest()
        #expect(head(request) == ["\(method) / HTTP/1.1", "Content-Length: 5", "Host: test.example"])
        #expect(request.body.text == "whole")
    }

    @Test(arguments: styles) func anEmptyWholeBodyHasLengthZero(style: HeadStyle) throws {
        let origin = try FakeOrigin { .echo($0) }
        let driver = try Driver(style)
        let fetch = Fetch(try driver.transfer(to: origin), "POST", body: .whole(""))
        #expect(try driver.finish(fetch) == .CURLE_OK)
        #expect(head(try origin.waitForRequest()) == ["POST / HTTP/1.1", "Content-Length: 0", "Host: test.example"])
    }

    @Test(arguments: ["POST", "PUT", "GET"], styles)
    func aStreamedBodyIsSentWithItsLength(method: String, style: HeadStyle) throws {
        let origin = try FakeOrigin { .text("\($0.body.count) \($0.body.followsPattern)") }
        let driver = try Driver(style)
        let fetch = Fetch(try driver.transfer(to: origin), method, body: .streamed(1_000_000))
        fetch.sends(BodyPattern.bytes(1_000_000))
        #expect(try driver.finish(fetch) == .CURLE_OK)
        #expect(
            head(try origin.waitForRequest()) == [
                "\(method) / HTTP/1.1", "Content-Length: 1000000", "Host: test.example",
            ]
        )
        #expect(fetch.text == "1000000 true")
    }

    @Test(arguments: ["POST", "PUT", "DELETE"], styles)
    func aBodyThatIsFramedIsSentAsItIs(method: String, style: HeadStyle) throws {
        let origin = try FakeOrigin { .text("\($0.body.count) \($0.body.followsPattern)") }
        let driver = try Driver(style)
        let fetch = Fetch(try driver.transfer(to: origin), method, body: .framed)
        fetch.sends(BodyPattern.bytes(300_000))
        #expect(try driver.finish(fetch) == .CURLE_OK)
        let request = try origin.waitForRequest()
        #expect(head(request) == ["\(method) / HTTP/1.1", "Host: test.example", "Transfer-Encoding: chunked"])
        #expect(fetch.text == "300000 true")
    }

    @Test(
        arguments: [
            "/a//b/../c/./d?x=%2F;y=1&z", "//", "/?", "/%00%ff%2e%2e/", "/a?b?c", "/\"<>|{}^`", "/..", "*",
            "http://other.example/x",
        ],
        styles
    )
    func theTargetsBytesAreNotChanged(target: String, style: HeadStyle) throws {
        let origin = try FakeOrigin()
        let driver = try Driver(style)
        try driver.finish(Fetch(try driver.transfer(to: origin), "OPTIONS", target))
        #expect(try origin.waitForRequest().target == target)
    }

    /// The modes are sticky in libcurl: each request must undo those of the one before.
    @Test(arguments: styles) func oneHandleSendsOneKindOfRequestAfterAnother(style: HeadStyle) throws {
        let origin = try FakeOrigin { .text("\($0.method) \($0.body.text)") }
        let driver = try Driver(style)
        let transfer = try driver.transfer(to: origin)
        let kinds: [(String, Fetch.RequestBodyKind, String)] = [
            ("GET", .none, ""), ("PUT", .streamed(4), "body"), ("GET", .none, ""), ("HEAD", .none, ""),
            ("POST", .whole("post"), "post"), ("GET", .none, ""), ("POST", .framed, "body"), ("DELETE", .none, ""),
            ("HEAD", .none, ""), ("PUT", .whole("x"), "x"), ("POST", .framed, "body"), ("HEAD", .none, ""),
            ("POST", .whole(""), ""), ("PUT", .streamed(4), "body"), ("PATCH", .whole("p"), "p"), ("GET", .none, ""),
        ]
        for (place, (method, kind, body)) in kinds.enumerated() {
            let fetch = Fetch(transfer, method, "/\(place)", body: kind)
            fetch.sends(Array("body".utf8))
            #expect(try driver.finish(fetch) == .CURLE_OK)
            let request = try origin.waitForRequest(place + 1)
            #expect("\(request.method) \(request.target) \(request.body.text)" == "\(method) /\(place) \(body)")
            #expect(fetch.text == (method == "HEAD" ? "" : "\(method) \(body)"))
            let framing = request.fields.list.map(\.name).filter { $0 != "Host" && $0 != "X-Curlew" }
            switch kind {
            case .none, .tunnel: #expect(framing == [])
            case .streamed, .whole: #expect(framing == ["Content-Length"])
            case .framed: #expect(framing == ["Transfer-Encoding"])
            }
        }
        #expect(origin.connections.count == 1)
        #expect(origin.faults.isEmpty)
    }

    @Test func theStyleThatIsFastIsTheOneThatIsUsed() {
        #expect(HeadStyle.proven == .wholeText)
    }

    /// For HTTP/1.0 clients that name no host.
    @Test(arguments: styles) func aRequestWithoutHostGetsTheBackends(style: HeadStyle) throws {
        let origin = try FakeOrigin()
        let driver = try Driver(style)
        let fetch = Fetch(try driver.transfer(to: origin))
        fetch.hasHost = false
        #expect(try driver.finish(fetch) == .CURLE_OK)
        let host = origin.url.dropFirst("http://".count)
        #expect(head(try origin.waitForRequest()) == ["GET / HTTP/1.1", "Host: \(host)"])
    }

    @Test(arguments: styles) func libcurlDoesNothingByItself(style: HeadStyle) throws {
        let origin = try FakeOrigin { request in
            switch request.target {
            case "/redirect": OriginResponse(302, fields: [("Location", "/elsewhere"), ("Set-Cookie", "a=b; Path=/")])
            case "/locked": OriginResponse.text("no", status: 401, fields: [("WWW-Authenticate", "Basic realm=x")])
            default: OriginResponse.text("not gzip at all", fields: [("Content-Encoding", "gzip")])
            }
        }
        let driver = try Driver(style)
        let transfer = try driver.transfer(to: origin)
        let expected = [("/redirect", 302, ""), ("/locked", 401, "no"), ("/coded", 200, "not gzip at all")]
        for (target, status, text) in expected {
            let fetch = Fetch(transfer, "GET", target)
            #expect(try driver.finish(fetch) == .CURLE_OK)
            #expect(fetch.status == status)
            #expect(fetch.text == text)
        }
        #expect(origin.requests.map(\.target) == expected.map(\.0))
        #expect(origin.requests.allSatisfy { head($0).count == 2 })
    }

    @Test(arguments: styles) func interimHeadsAndTrailersComeAsLines(style: HeadStyle) throws {
        let answer =
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n"
        let origin = try StubbornOrigin.sendingThenSilent(answer)
        let driver = try Driver(style)
        let fetch = Fetch(try driver.transfer(to: origin))
        #expect(try driver.finish(fetch) == .CURLE_OK)
        #expect(
            fetch.lines == [
                "HTTP/1.1 103 Early Hints", "Link: x", "", "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "",
                "X-Trailer: t",
            ]
        )
        #expect(fetch.text == "abc")
    }
}
