// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Which requests reach a backend as requests to change protocols, and what becomes of those that are refused.
@Suite(.threads(.few)) struct UpgradeRequestsTests {
    /// What the backend received, byte for byte.
    private func forwarded(_ text: String) throws -> ReceivedRequest {
        let origin = try FakeOrigin("plain")
        var seen: ReceivedRequest?
        try withGateway([origin]) { gateway in
            let answer = try gateway.connect().exchange(text)
            #expect(answer.text == "plain")
            seen = origin.requests.first
        }
        return try #require(seen)
    }

    @Test func bothFieldsReachTheBackendAsTheClientSentThem() throws {
        let seen = try forwarded(
            request(
                "GET",
                "/chat?x=1",
                fields: [
                    "Connection: keep-alive, Upgrade", "Upgrade: websocket",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                    "Sec-WebSocket-Version: 13", "Keep-Alive: 5",
                ]
            )
        )
        let lines = seen.headText.split(separator: "\r\n").map(String.init)
        #expect(lines[0] == "GET /chat?x=1 HTTP/1.1")
        #expect(lines.filter { $0 == "Connection: Upgrade" }.count == 1)
        #expect(lines.filter { $0.lowercased().hasPrefix("connection:") }.count == 1)
        #expect(lines.contains("Upgrade: websocket"))
        #expect(lines.contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
        #expect(lines.contains("Sec-WebSocket-Version: 13"))
        // Nothing that would announce a body, though libcurl is told that one may come.
        for name in ["Transfer-Encoding", "Content-Length", "Expect", "Keep-Alive", "Content-Type"] {
            #expect(!seen.fields.contains(name), "\(name)")
        }
    }

    /// That Connection names other fields too, which are dropped, must not drop this one.
    @Test func otherFieldsNamedBesideUpgradeAreDropped() throws {
        let seen = try forwarded(request(fields: ["Connection: X-Own, Upgrade", "X-Own: 1", "Upgrade: websocket"]))
        #expect(seen.fields[all: "Connection"] == ["Upgrade"])
        #expect(seen.fields[all: "Upgrade"] == ["websocket"])
        #expect(!seen.fields.contains("X-Own"))
    }

    @Test(arguments: ["POST", "OPTIONS", "BREW"]) func anyMethodWithoutABodyMayAsk(method: String) throws {
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request(method, fields: ["Connection: upgrade", "Upgrade: echo", "Content-Length: 0"]))
            #expect(try client.head().status == 101)
            try client.send("x")
            #expect(try client.readPart(1).text == "x")
            #expect(origin.requests.first?.method == method)
        }
    }

    /// Through an HTTP tunnel a client could send requests that the gateway never sees.
    @Test(arguments: [
        ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
        ["Connection: Upgrade", "Upgrade: H2C"], ["Connection: Upgrade", "Upgrade: websocket, h2c"],
        ["Connection: Upgrade", "Upgrade: websocket", "Upgrade: h2c"], ["Connection: Upgrade", "Upgrade: HTTP/2.0"],
        ["Connection: Upgrade", "Upgrade: TLS/1.0"], ["Connection: Upgrade", "Upgrade: h2c/1"],
        // Only one of the two, or not well-formed.
        ["Upgrade: websocket"], ["Connection: Upgrade"], ["Connection: Upgrade", "Upgrade:"],
        ["Connection: Upgrade", "Upgrade: ,"], ["Connection: Upgrade", "Upgrade: web socket"],
        ["Connection: Upgrade", "Upgrade: websocket/"], ["Connection: Upgrade", "Upgrade: /13"],
        ["Connection: Upgrade", "Upgrade: \"websocket\""], ["Connection: close", "Upgrade: websocket"],
    ])
    func othersAreForwardedWithoutTheirWish(fields: [String]) throws {
        let seen = try forwarded(request(fields: fields + ["X-Kept: 1"]))
        #expect(!seen.fields.contains("Upgrade"))
        #expect(!seen.fields.contains("HTTP2-Settings"))
        #expect(!seen.fields.contains("Connection"))
        #expect(seen.fields[all: "X-Kept"] == ["1"])
    }

    @Test func olderClientsCannotAsk() throws {
        let seen = try forwarded(request(fields: ["Connection: Upgrade", "Upgrade: websocket"], version: "1.0"))
        #expect(!seen.fields.contains("Upgrade"))
        #expect(!seen.fields.contains("Connection"))
    }

    /// With a body it would not be certain where HTTP ends on the backend's connection, so it is an ordinary request.
    @Test(arguments: [false, true]) func requestWithABodyIsForwardedWithoutItsWish(chunked: Bool) throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let fields = ["Connection: Upgrade", "Upgrade: echo"]
            let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: 5"
            let body = chunked ? "5\r\nhello\r\n0\r\n\r\n" : "hello"
            let answer = try gateway.connect().exchange(request("POST", fields: fields + [framing]) + body)
            #expect(answer.text == "hello")
            let seen = try #require(origin.requests.first)
            #expect(!seen.fields.contains("Upgrade"))
            #expect(!seen.fields.contains("Connection"))
        }
    }

    @Test(arguments: [200, 204, 304, 400, 403, 426, 500]) func refusalIsAnOrdinaryResponse(status: Int) throws {
        let origin = try FakeOrigin { request in
            if request.target == "/next" { return .text("next") }
            let body: OriginResponse.Body = status == 204 || status == 304 ? .none : .fixed(Array("no".utf8))
            return OriginResponse(status, fields: [("Upgrade", "websocket"), ("Connection", "Upgrade")], body: body)
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                try client.send(request(fields: ["Connection: Upgrade", "Upgrade: websocket"]))
                let answer = try client.response()
                #expect(answer.status == status)
                #expect(answer.isComplete)
                #expect(answer.fields[all: "Upgrade"] == (status == 426 ? ["websocket"] : []))
            }
            // The client's connection goes on as if nothing had been asked.
            #expect(try client.get("/next").text == "next")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", "HTTP/1.1 403 No\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nno",
        "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
    ])
    func refusalMayBeFramedInAnyWay(bytes: String) throws {
        let origin = try StubbornOrigin.sending(bytes)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request(fields: ["Connection: Upgrade", "Upgrade: websocket"]))
            let answer = try client.response()
            #expect(answer.text == "no")
            #expect(answer.isComplete)
        }
    }

    /// A client's bytes never go raw to a backend that has not switched: they are its next request, and judged as one.
    @Test func bytesBehindARefusedUpgradeAreTheNextRequest() throws {
        let origin = try FakeOrigin { .text($0.target, status: $0.target == "/ws" ? 403 : 200) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let asking = request("GET", "/ws", fields: ["Connection: Upgrade", "Upgrade: websocket"])
            try client.send(asking + request("GET", "/behind") + "\u{81}\u{5}hello\r\n\r\n")
            #expect(try client.response().status == 403)
            #expect(try client.response().text == "/behind")
            #expect(try client.response().status == 400)
            #expect(try client.waitForClose().isEmpty)
            #expect(origin.requests.map(\.target) == ["/ws", "/behind"])
            for seen in origin.requests { #expect(seen.body.count == 0) }
        }
    }

    @Test func nextBackendIsAskedWhenNoConnectionCanBeMade() throws {
        let dead = try FakeOrigin("dead")
        let origin = try UpgradingOrigin.echoing()
        try withGateway([dead, origin]) { gateway in
            dead.stop()
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            try client.send("hello")
            #expect(try client.readPart(5).text == "hello")
            _ = try gateway.log.wait(
                forPrefix: "ERROR: GET / x \(dead.url) - Connection refused, retrying on \(origin.url)"
            )
        }
    }

    @Test func clientThatLeavesWhileItWaitsFreesTheBackend() throws {
        let origin = try StubbornOrigin.neverAnswering()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request(fields: ["Connection: Upgrade", "Upgrade: websocket"]))
            let seen = try origin.waitForRequest()
            client.close()
            try origin.waitForEnd(ofConnection: seen.connection)
            _ = try gateway.log.wait(forPrefix: "RESPONSE: GET / <- \(origin.url) [499]")
        }
    }
}
