// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@Suite(.threads(.few)) struct RetryTests {
    @Test(arguments: ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
    func idempotentRequestGoesToAnotherBackend(method: String) throws {
        let dying = try StubbornOrigin.closing()
        let other = try FakeOrigin()
        try withGateway([dying, other]) { gateway in
            // A body of HEAD is refused, so it has none here.
            let text = method == "HEAD" ? request(method, "/it") : request(method, "/it", body: "body")
            let response = try gateway.connect().exchange(text)
            #expect(response.status == 200)
            #expect(dying.requests.map(\.method) == [method])
            #expect(other.requests.map(\.method) == [method])
            #expect(other.requests.map(\.body.text) == [method == "HEAD" ? "" : "body"])
            let line = try gateway.log.wait(forPrefix: "ERROR: \(method) /it x \(dying.url) - ")
            #expect(line.hasSuffix(", retrying on \(other.url)"))
        }
    }

    @Test(arguments: ["POST", "PATCH", "CUSTOM"])
    func otherRequestIsDeliveredOnceAndAnswered502(method: String) throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b"), try FakeOrigin("c")]
        try withGateway(origins) { gateway in
            let response = try gateway.connect().exchange(request(method, "/it", body: "body"))
            #expect(response.status == 502)
            #expect(origins.map { $0.requests.count } == [1, 0, 0])
            let line = try gateway.log.wait(forPrefix: "ERROR: \(method) /it x \(origins[0].url) - ")
            #expect(!line.contains("retrying"))
        }
    }

    @Test func resetBeforeAResponseIsRetried() throws {
        let origins = [try StubbornOrigin.resetting(), try FakeOrigin("b")]
        try withGateway(origins) { gateway in
            let answer = try gateway.get()
            #expect(answer.text == "b")
            #expect(origins.map { $0.requests.count } == [1, 1])
        }
    }

    @Test func slowBackendIsRetriedElsewhere() throws {
        let origins = [try StubbornOrigin.neverAnswering(), try FakeOrigin("b")]
        // The other one needs some of it for its answer.
        try withGateway(origins, { $0.timeouts = ["first_byte: 1500ms"] }) { gateway in
            let answer = try gateway.get()
            #expect(answer.text == "b")
            // The slow one must not go on working for nobody.
            let first = try origins[0].waitForRequest()
            try origins[0].waitForEnd(ofConnection: first.connection)
        }
    }

    /// The backends are well: it is the client that stalls.
    @Test(arguments: ["PUT", "POST"]) func backendsThatLosePatienceWithAClientStayInRotation(method: String) throws {
        let origins = try ["a", "b"].map { name in
            try FakeOrigin { (connection: OriginConnection) in
                while let request = try connection.nextHead() {
                    // Long enough to be sure that it was not the backend that died.
                    if request.method == method { return _ = usleep(1_000_000) }
                    try connection.send(.text(name), to: request)
                }
            }
        }
        try withGateway(origins) { gateway in
            let client = try gateway.connect()
            try client.send(request(method, "/slow", fields: ["Content-Length: 10"]) + "ab")
            #expect(try client.response(to: method).status == 502)
            let line = try gateway.log.wait(forPrefix: "ERROR: \(method) /slow x \(origins[0].url) - ")
            #expect(!line.contains("retrying"))
            for _ in 0..<4 {
                let answer = try gateway.get()
                #expect(answer.status == 200)
            }
            #expect(gateway.log.lines.filter { $0.hasPrefix("HEALTH: UNHEALTHY") }.isEmpty)
        }
    }

    @Test func attemptsAreLimited() throws {
        let origins = try (0..<4).map { _ in try StubbornOrigin.closing() }
        try withGateway(origins, { $0.retry = ["attempts: 2"] }) { gateway in
            let answer = try gateway.get()
            #expect(answer.status == 502)
            #expect(origins.map { $0.requests.count } == [1, 1, 0, 0])
        }
    }

    @Test func noBackendIsAskedTwice() throws {
        let origins = try (0..<2).map { _ in try StubbornOrigin.closing() }
        try withGateway(origins, { $0.retry = ["attempts: 5"] }) { gateway in
            let answer = try gateway.get()
            #expect(answer.status == 502)
            #expect(origins.map { $0.requests.count } == [1, 1])
        }
    }

    @Test func conditionsThatAreNotConfiguredAreNotRetried() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        try withGateway(origins, { $0.retry = ["on: [connect]"] }) { gateway in
            let answer = try gateway.get()
            #expect(answer.status == 502)
            #expect(origins[1].requests.isEmpty)
        }
    }

    @Test func bodyThatNoBufferHoldsIsNotSentAgain() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        try withGateway(origins, { $0.retry = ["body_buffer: 64KiB"] }) { gateway in
            let client = try gateway.connect()
            try client.send(request("PUT", fields: ["Content-Length: 1000000"]))
            try client.sendPattern(1_000_000)
            #expect(try client.response(to: "PUT").status == 502)
            #expect(origins[1].requests.isEmpty)
        }
    }

    @Test func bodyThatTheBufferHoldsIsSentAgainWhole() throws {
        let origins = [
            try StubbornOrigin.closing(), try FakeOrigin { .text("\($0.body.count) \($0.body.followsPattern)") },
        ]
        try withGateway(origins) { gateway in
            let client = try gateway.connect()
            try client.send(request("PUT", fields: ["Content-Length: 60000"]))
            try client.sendPattern(60_000)
            #expect(try client.response(to: "PUT").text == "60000 true")
        }
    }

    @Test func retriedRequestIsLoggedOnce() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        try withGateway(origins) { gateway in
            let answer = try gateway.get("/x")
            #expect(answer.text == "b")
            _ = try gateway.log.wait(forPrefix: "RESPONSE: GET /x <- \(origins[1].url) [200] ")
            #expect(gateway.log.lines.filter { $0.hasPrefix("REQUEST: GET /x ") }.count == 1)
            #expect(gateway.log.lines.filter { $0.hasPrefix("ERROR: GET /x ") }.count == 1)
        }
    }

    @Test func chunkedBodyIsSentAgainWhole() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin { .echo($0) }]
        try withGateway(origins) { gateway in
            let text = request("PUT", fields: ["Transfer-Encoding: chunked"]) + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            let response = try gateway.connect().exchange(text)
            #expect(response.status == 200)
            #expect(response.text == "abcde")
        }
    }

    @Test func errorStatusFromABackendIsItsAnswerAndNotAFailure() throws {
        let origins = [try FakeOrigin { _ in .text("mine", status: 503) }, try FakeOrigin("b")]
        try withGateway(origins) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().text == "mine")
            #expect(try client.get().text == "b")
            #expect(try client.get().text == "mine")
            #expect(!gateway.log.lines.contains { $0.hasPrefix("ERROR: ") || $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }
}
