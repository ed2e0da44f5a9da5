// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct PipeliningTests {
    @Test func tenRequestsInOneSegmentAreAnsweredInOrder() throws {
        let origins = try (0..<3).map { _ in try FakeOrigin { .text($0.target) } }
        try withGateway(origins) { gateway in
            let client = try gateway.connect()
            try client.send((0..<10).map { request("GET", "/\($0)") }.joined())
            let answers = try (0..<10).map { _ in try client.response().text }
            #expect(answers == (0..<10).map { "/\($0)" })
        }
    }

    @Test func slowFirstAnswerIsNotOvertaken() throws {
        let gate = Gate()
        let slow = try FakeOrigin { _ in .text("slow", gate: gate) }
        let fast = try FakeOrigin("fast")
        try withGateway([slow, fast]) { gateway in
            let client = try gateway.connect()
            try client.send(request() + request())
            try slow.waitForRequest()
            #expect(client.staysSilent(for: 0.1))
            gate.open()
            #expect(try client.response().text == "slow")
            #expect(try client.response().text == "fast")
        }
    }

    @Test func bodiesAndMethodsMayBeMixed() throws {
        let origin = try FakeOrigin { .text("\($0.method) \($0.body.text)") }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let chunked = request("PUT", fields: ["Transfer-Encoding: chunked"]) + "2\r\ncd\r\n0\r\n\r\n"
            try client.send(request("POST", body: "ab") + chunked + request("HEAD") + request("GET"))
            #expect(try client.response().text == "POST ab")
            #expect(try client.response().text == "PUT cd")
            #expect(try client.response(to: "HEAD").text == "")
            #expect(try client.response().text == "GET ")
        }
    }

    @Test func requestsBeforeABadOneAreAnswered() throws {
        let origin = try FakeOrigin { .text($0.target) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/1") + request("GET", "/2") + "bad\r\n\r\n" + request("GET", "/3"))
            #expect(try client.response().text == "/1")
            #expect(try client.response().text == "/2")
            #expect(try client.response().status == 400)
            try client.waitForClose()
            #expect(origin.requests.map(\.target) == ["/1", "/2"])
        }
    }

    @Test func nothingIsServedBehindAClose() throws {
        let origin = try FakeOrigin { .text($0.target) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/1", fields: ["Connection: close"]) + request("GET", "/2"))
            #expect(try client.response().text == "/1")
            #expect(try client.waitForClose().isEmpty)
            #expect(origin.requests.map(\.target) == ["/1"])
        }
    }

    @Test func manySmallRequestsInARowNeedNoStackForEach() throws {
        let origin = try FakeOrigin { .text($0.target) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let text = (0..<500).map { request("GET", "/\($0)") }.joined()
            _ = BackgroundThread { [socket = client.socket] in try? socket.send(Array(text.utf8)) }
            for number in 0..<500 {
                #expect(try client.response().text == "/\(number)")
            }
        }
    }
}
