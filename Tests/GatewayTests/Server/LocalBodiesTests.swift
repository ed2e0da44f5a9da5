// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway
import Testing

/// Responders that read bodies, and answers that are not known at once.
@Suite struct LocalBodiesTests {
    private final class Responder: LocalResponder {
        let keptBodyBytes = 100_000
        private let answering: @Sendable (LocalRequest) -> LocalAnswer

        init(_ answering: @escaping @Sendable (LocalRequest) -> LocalAnswer) { self.answering = answering }

        func refusal(of request: LocalRequest) -> LocalAnswer? {
            request.path == "/refused" ? LocalAnswer(.respond(LocalResponse(status: 403, body: LocalBody("no")))) : nil
        }

        func answer(_ request: LocalRequest) -> LocalAnswer { answering(request) }
    }

    private func withServer(
        _ answering: @escaping @Sendable (LocalRequest) -> LocalAnswer,
        _ body: (UInt16) throws -> Void
    ) throws {
        let folder = try TemporaryFolder()
        let configuration = GatewayConfiguration(
            listen: [ListenAddress(host: "127.0.0.1", port: 0)],
            workers: .exactly(1),
            drainTimeout: .milliseconds(200),
            log: LogConfiguration(format: .text, output: .file(folder.file("log"))),
            pools: [],
            routes: []
        )
        let server = try LocalServer(configuration: configuration, portOption: "--port")
        try server.start { Responder(answering) }
        defer { server.stop() }
        try body(server.ports[0])
    }

    private let echo: @Sendable (LocalRequest) -> LocalAnswer = { request in
        LocalAnswer(.respond(LocalResponse(body: LocalBody(request.body))))
    }

    @Test func theBodyIsWhatWasSentHoweverItCame() throws {
        try withServer(echo) { port throws in
            let client = try RawClient(port: port)
            let post = "POST / HTTP/1.1\r\nHost: x\r\n"
            #expect(try client.exchange(post + "Content-Length: 5\r\n\r\nhello").text == "hello")
            // Nothing is left of the one before.
            #expect(try client.exchange(post + "\r\n").text == "")
            try client.sendBytewise(post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n")
            #expect(try client.response().text == "abcde")
            let long = String(repeating: "0123456789", count: 12_000)
            let kept = try client.exchange(post + "Content-Length: \(long.utf8.count)\r\n\r\n" + long)
            #expect(kept.text == long.prefix(100_000))
        }
    }

    @Test func whoIsRefusedIsToldBeforeHeHasSentHisBody() throws {
        try withServer(echo) { port throws in
            let client = try RawClient(port: port)
            let response = try client.exchange("POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nabc")
            #expect(response.status == 403 && response.fields.lists("close", in: "Connection"))
        }
    }

    private struct Wait: LocalWait {
        let known: Monitor<Bool>

        func look() -> LocalLook {
            guard known.read({ $0 }) else { return .unknown(pause: .milliseconds(2)) }
            return .known(.respond(LocalResponse(body: LocalBody("known"))))
        }
    }

    @Test func anAnswerThatIsNotKnownYetKeepsNobodyElseWaiting() throws {
        let (known, asked) = (Monitor(false), Monitor(0))
        let answer: @Sendable (LocalRequest) -> LocalAnswer = { request in
            guard request.path == "/later" else { return LocalAnswer(.respond(LocalResponse(body: LocalBody("now")))) }
            asked.change { $0 += 1 }
            return LocalAnswer(.wait(Wait(known: known)))
        }
        try withServer(answer) { port throws in
            let client = try RawClient(port: port)
            try client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
            let leaver = try RawClient(port: port)
            try leaver.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
            try asked.wait(for: "both to be asked") { $0 == 2 }
            leaver.close()
            #expect(try RawClient(port: port).get("/now").text == "now")
            known.change { $0 = true }
            #expect(try client.response().text == "known")
            #expect(try client.get("/now").text == "now")
        }
    }

    @Test func stoppingDoesNotWaitForEverForWhatIsNeverKnown() throws {
        let (never, asked) = (Monitor(false), Monitor(0))
        var client: RawClient?
        let answer: @Sendable (LocalRequest) -> LocalAnswer = { _ in
            asked.change { $0 += 1 }
            return LocalAnswer(.wait(Wait(known: never)))
        }
        try withServer(answer) { port throws in
            client = try RawClient(port: port)
            try client?.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try asked.wait(for: "it to be asked") { $0 == 1 }
        }
        #expect(try client?.response().status == 503)
    }
}
