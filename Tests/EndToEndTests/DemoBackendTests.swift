// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// What `curlew backend` answers when nothing is to go wrong.
@Suite(.threads(.few)) struct DemoBackendTests {
    @Test func answersEveryPathWithItsName() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        for target in ["/", "/a/b?c=d", "/status", "/index.html"] {
            let response = try client.get(target)
            #expect(response.status == 200)
            #expect(response.text == "Hello from backend-\(backend.port)\n")
            #expect(response.fields["X-Backend"] == "backend-\(backend.port)")
            #expect(response.fields["Content-Type"] == "text/plain; charset=utf-8")
        }
        try backend.stop()
        // When it ran and when it stopped: what it was asked is not its business to log.
        #expect(backend.process.standardOutput.records.map { $0["category"]?.string } == ["INFO", "INFO", "INFO"])
    }

    @Test func takesTheNameItIsGiven() throws {
        let backend = try BackendProcess(["--name", "left", "--workers", "2"])
        let response = try backend.connect().get()
        #expect(response.text == "Hello from left\n")
        #expect(response.fields["X-Backend"] == "left")
        try backend.stop()
    }

    @Test func echoesTheHeadByteForByteAndCountsTheBody() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        let head = "PUT /echo?a=%2F&b HTTP/1.1\r\nhOST:test.example\r\nX-Odd:\t  y  \r\n"
        let first = try client.exchange(head + "Content-Length: 5\r\n\r\nhello")
        #expect(first.text == head + "Content-Length: 5\r\n\r\n[5 bytes of body]\n")
        let second = try client.exchange(head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
        #expect(second.text.hasSuffix("[2 bytes of body]\n"))
        try backend.stop()
    }

    @Test func answersWithTheStatusAsked() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        for status in [200, 201, 204, 205, 301, 304, 404, 418, 429, 500, 503] {
            #expect(try client.get("/status/\(status)").status == status)
        }
        #expect(try client.get("/status/503").text == "503 Service Unavailable from backend-\(backend.port)\n")
        let mistake = try client.get("/status/1000")
        #expect(mistake.status == 400)
        #expect(mistake.text.contains("200 to 599"))
        try backend.stop()
    }

    @Test func waitsAsLongAsAsked() throws {
        let backend = try BackendProcess(["--delay", "50ms"])
        let client = try backend.connect()
        var watch = Stopwatch()
        #expect(try client.get().status == 200)
        #expect(watch.seconds >= 0.05)
        watch = Stopwatch()
        #expect(try client.get("/delay/100ms").status == 200)
        #expect(watch.seconds >= 0.15)
        try backend.stop()
    }

    @Test func headHasTheLengthAndNoBody() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        let response = try client.exchange(request("HEAD", "/bytes/1000000"))
        #expect(response.fields["Content-Length"] == "1000000")
        #expect(response.body.count == 0)
        #expect(try client.get().status == 200)
        try backend.stop()
    }

    @Test func answersPipelinedRequestsInOrder() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        let post = request("POST", "/echo", body: "0123456789")
        try client.send(request("GET", "/delay/50ms") + post + request("HEAD") + request("GET", "/bytes/70000"))
        #expect(try client.response().text == "Hello from backend-\(backend.port)\n")
        #expect(try client.response().text.hasSuffix("[10 bytes of body]\n"))
        #expect(try client.response(to: "HEAD").status == 200)
        #expect(try client.response().body.count == 70000)
        try backend.stop()
    }

    @Test func answersManyPipelinedRequests() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        let count = 2000
        // The requests fit into the sockets' buffers; the answers, which are larger, need not.
        try client.send(String(repeating: request(), count: count))
        for _ in 0..<count {
            guard try client.response().status == 200 else { throw KitError.process("not 200") }
        }
        try backend.stop()
    }

    @Test func keepsOldClientsConnectionsOnlyIfAsked() throws {
        let backend = try BackendProcess()
        let kept = try backend.connect()
        for _ in 0..<2 {
            let response = try kept.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(response.fields["Connection"] == "keep-alive")
        }
        let closed = try backend.connect()
        #expect(try closed.exchange("GET / HTTP/1.0\r\n\r\n").status == 200)
        #expect(try closed.waitForClose() == [])
        let asked = try backend.connect()
        #expect(try asked.exchange(request(fields: ["Connection: close"])).fields["Connection"] == "close")
        #expect(try asked.waitForClose() == [])
        try backend.stop()
    }

    @Test func asksForABodyThatWaitsForLeave() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.head().status == 100)
        try client.send("abc")
        #expect(try client.response(to: "POST").text.hasSuffix("[3 bytes of body]\n"))
        try backend.stop()
    }

    @Test func refusesWhatIsNotHTTP() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        #expect(try client.exchange("GET  / HTTP/1.1\r\n\r\n").status == 400)
        #expect(try client.waitForClose() == [])
        try backend.stop()
    }
}
