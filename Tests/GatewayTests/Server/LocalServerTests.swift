// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway
import Testing

/// The front end with a responder behind it, in this process.
@Suite struct LocalServerTests {
    @Test func eachServerOfAProcessAnswersForItself() throws {
        try withServer({ _ in .text("one") }) { one throws in
            try withServer({ _ in .text("two") }) { two throws in
                #expect(try RawClient(port: one).get().text == "one")
                #expect(try RawClient(port: two).get().text == "two")
            }
            // The other has stopped by now.
            #expect(try RawClient(port: one).get().text == "one")
        }
    }

    @Test func theResponderSeesTheRequestAsItWasSent() throws {
        let seen = Monitor<[String]>([])
        let record: @Sendable (LocalRequest) -> LocalAnswer = { request in
            let head = String(decoding: request.head, as: UTF8.self)
            let value = request.value(of: "x-odd") ?? "none"
            seen.change { $0 += [request.method, request.path, value, "\(request.bodyBytes)", head] }
            return .text("")
        }
        try withServer(record) { port throws in
            let head = "BREW http://pot.example/a%2Fb;c?d=/?e HTTP/1.1\r\nhost: pot.example\r\nX-ODD:  y\t z \r\n"
            let body = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x\r\ndefg\r\n0\r\nT: v\r\n\r\n"
            #expect(try RawClient(port: port).exchange(head + body).status == 200)
            let whole = head + "Transfer-Encoding: chunked"
            #expect(seen.read { $0 } == ["BREW", "/a%2Fb;c", "y\t z", "7", whole])
        }
    }

    @Test func noFieldValueCanBreakTheHead() throws {
        let field = LocalResponse.Field("X-Name", "a\r\nX-Forged: b\0")
        let response = LocalResponse(fields: [field], body: LocalBody("ok"))
        try withServer({ _ in LocalAnswer(.respond(response)) }) { port throws in
            let response = try RawClient(port: port).get()
            #expect(response.fields["X-Name"] == "a  X-Forged: b")
            #expect(response.fields["X-Forged"] == nil)
        }
    }

    @Test(arguments: [204, 304]) func thoseWithoutContentPromiseNone(_ status: Int) throws {
        let response = LocalResponse(status: status, body: LocalBody("not to be sent"))
        try withServer({ _ in LocalAnswer(.respond(response)) }) { port throws in
            let client = try RawClient(port: port)
            for _ in 0..<2 {
                let response = try client.get()
                #expect(response.status == status)
                #expect(response.fields["Content-Length"] == nil)
            }
        }
    }

    @Test func aBodyThatIsTooLargeIsRefused() throws {
        let limits = LimitsConfiguration(bodyBytes: 10)
        try withServer({ _ in .text("taken") }, limits) { port throws in
            let post = "POST / HTTP/1.1\r\nHost: x\r\n"
            let fitting = try RawClient(port: port).exchange(post + "Content-Length: 10\r\n\r\n0123456789")
            #expect(fitting.text == "taken")
            let announced = try RawClient(port: port).exchange(post + "Content-Length: 11\r\n\r\n")
            #expect(announced.status == 413)
            let counted = post + "Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n"
            #expect(try RawClient(port: port).exchange(counted).status == 413)
        }
    }

    @Test func aBodyThatDoesNotComeIsGivenUp() throws {
        try withServer({ _ in .text("taken") }, LimitsConfiguration(bodyTimeout: .milliseconds(50))) { port throws in
            let client = try RawClient(port: port)
            let response = try client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n012")
            #expect(response.status == 408)
            #expect(try client.waitForClose() == [])
        }
    }

    @Test(arguments: [
        LocalAnswer.Action.hang, .respond(LocalResponse(body: LocalBody(repeating: [0], count: 1 << 40))),
    ])
    func aClientThatLeavesIsForgotten(_ action: LocalAnswer.Action) throws {
        let asked = Monitor(false)
        let answer: @Sendable (LocalRequest) -> LocalAnswer = { request in
            guard request.path == "/" else { return .text("free") }
            asked.change { $0 = true }
            return LocalAnswer(action)
        }
        try withServer(answer, LimitsConfiguration(connections: 1)) { port throws in
            let leaver = try RawClient(port: port)
            try leaver.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            // Closed before the server has read it, the request would be one of a client that only sends no more.
            try asked.wait(for: "the request to arrive", holds: { $0 })
            #expect(try RawClient(port: port).response().status == 503)
            // A client whose end comes together with its request is taken for one that still waits for the answer.
            try asked.wait(for: "the request to arrive", holds: { $0 })
            leaver.close()
            // There is room for one, and it is taken until the server has noticed.
            let deadline = Deadline.usual
            var status = 0
            while status != 200, !deadline.hasPassed {
                status = (try? RawClient(port: port).get("/next"))?.status ?? 0
            }
            #expect(status == 200)
        }
    }

    @Test func stoppingWaitsForRequestsInFlight() throws {
        var client: RawClient?
        let asked = Monitor(false)
        let answer: @Sendable (LocalRequest) -> LocalAnswer = { _ in
            asked.change { $0 = true }
            return LocalAnswer(.respond(LocalResponse(body: LocalBody("late"))), delay: .milliseconds(100))
        }
        try withServer(answer) { port throws in
            let connection = try RawClient(port: port)
            try connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try asked.wait(for: "the request to arrive", holds: { $0 })
            client = connection
        }
        let response = try #require(client).response()
        #expect(response.text == "late")
        #expect(response.fields["Connection"] == "close")
    }
}

extension LocalAnswer {
    fileprivate static func text(_ text: String) -> LocalAnswer {
        LocalAnswer(.respond(LocalResponse(body: LocalBody(text))))
    }
}

/// Calls `body` with the port of a server that answers with `answer`, then stops it.
private func withServer(
    _ answer: @escaping @Sendable (LocalRequest) -> LocalAnswer,
    _ limits: LimitsConfiguration = LimitsConfiguration(),
    _ body: (UInt16) throws -> Void
) throws {
    final class Responder: LocalResponder {
        let closure: @Sendable (LocalRequest) -> LocalAnswer

        init(_ closure: @escaping @Sendable (LocalRequest) -> LocalAnswer) { self.closure = closure }

        func answer(_ request: LocalRequest) -> LocalAnswer { closure(request) }
    }
    let configuration = GatewayConfiguration(
        listen: [ListenAddress(host: "127.0.0.1", port: 0)],
        workers: .exactly(1),
        drainTimeout: .seconds(2),
        log: LogConfiguration(level: .critical, access: .off),
        limits: limits,
        pools: [],
        routes: []
    )
    let server = try LocalServer(configuration: configuration, portOption: "--port")
    try server.start { Responder(answer) }
    defer { server.stop() }
    try body(server.ports[0])
}
