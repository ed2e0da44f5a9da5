// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// What goes wrong with one stream of an HTTP/2 connection, and with all of them.
@Suite(.threads(.few), .enabled(if: LibraryUnderTest.speaksHTTP2)) struct HTTP2FailureTests {
    /// A request is answered, and the backend was not taken out of rotation.
    private func expectStillThere(_ gateway: GatewayProcess) throws {
        #expect(try gateway.get("/place").status == 200)
        #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
    }

    @Test func streamThatIsResetBeforeItsAnswerIsRetriedElsewhereIfItMayBe() throws {
        let origin = try FakeOrigin("other")
        let backend = try HTTP2Backend(isTLS: false)
        try withGateway([origin], { $0.backends.insert(backend.item, at: 0) }) { gateway in
            _ = try gateway.finding(of: backend.url)
            var answers: [String] = []
            for _ in 0..<2 { answers.append(try gateway.get("/reset").text) }
            #expect(answers == ["other", "other"])
            var statuses: [Int] = []
            for _ in 0..<2 {
                statuses.append(try gateway.connect().exchange(request("POST", "/reset", body: "x")).status)
            }
            #expect(statuses.sorted() == [200, 502])
            _ = try gateway.log.wait(for: "the reason") {
                $0.contains("reset the stream of the request before a response")
            }
            try expectStillThere(gateway)
        }
        try backend.stop()
    }

    @Test func responseThatIsCutOffCannotLookWhole() throws {
        try withHTTP2Backend { gateway, _ in
            let answer = try gateway.get("/cut")
            #expect(answer.status == 200 && answer.text == "half")
            #expect(!answer.isComplete)
            try expectStillThere(gateway)
        }
    }

    @Test(arguments: ["/die/after", "/die/abort"]) func connectionThatEndsCutsItsResponses(path: String) throws {
        try withHTTP2Backend { gateway, _ in
            let answer = try gateway.get(path)
            #expect(answer.status == 200 && !answer.isComplete)
        }
    }

    @Test(arguments: ["GET", "POST"]) func refusedRequestIsSentAgainWhateverItsMethod(method: String) throws {
        try withHTTP2Backend { gateway, backend in
            #expect(try gateway.get("/place").status == 200)
            let body = method == "POST" ? "hello" : ""
            let answer = try gateway.connect().exchange(request(method, "/refuse/\(method)", body: body))
            #expect(answer.status == 200)
            #expect(backend.said("REQUEST").filter { $0.hasSuffix(" \(method) /refuse/\(method)") }.count == 2)
            _ = try gateway.log.wait(for: "the refusal") { $0.contains("refused the request before it looked at it") }
            try expectStillThere(gateway)
        }
    }

    @Test func connectionThatTakesNoMoreRequestsIsReplaced() throws {
        try withHTTP2Backend { gateway, _ in
            var connections = Set<Substring>()
            for number in 0..<6 {
                let answer = try gateway.get(number % 2 == 0 ? "/goaway" : "/place")
                #expect(answer.status == 200)
                connections.insert(answer.text.prefix { $0 != "/" })
            }
            #expect(connections.count == 4)
        }
    }

    @Test func requestOfAClientThatLeavesIsResetAndTheOthersGoOn() throws {
        try withHTTP2Backend { gateway, backend in
            let connection = try gateway.get("/place").text.prefix { $0 != "/" }
            let leaving = try gateway.connect()
            try leaving.send(request("GET", "/never"))
            let begun = try backend.wait(for: "REQUEST \(connection)/3 ")
            #expect(begun.hasSuffix("GET /never"))
            let staying = try gateway.connect()
            try staying.send(request("GET", "/slow/300"))
            try backend.wait(for: "REQUEST \(connection)/5 ")
            leaving.close()
            try backend.wait(for: "RESET \(connection)/3 ")
            #expect(try staying.response().text == "\(connection)/5")
            #expect(try gateway.get("/place").text == "\(connection)/7")
        }
    }

    /// A connection that was left before it had answered anything must not be waited for.
    @Test func firstRequestOfAConnectionMayBeGivenUp() throws {
        try withHTTP2Backend { gateway, backend in
            for _ in 0..<3 {
                let leaving = try gateway.connect()
                let seen = backend.said("REQUEST").count
                try leaving.send(request("GET", "/never"))
                try poll { backend.said("REQUEST").count > seen }
                leaving.close()
                try backend.wait(for: "REQUEST ")
                #expect(try gateway.get("/place").status == 200)
            }
        }
    }

    @Test(arguments: [("/early", 200, "early"), ("/refuse-body", 413, "too large")])
    func answerThatComesBeforeTheBodyIsCompleteEnds(path: String, status: Int, text: String) throws {
        try withHTTP2Backend { gateway, _ in
            let busy = try gateway.connect()
            try busy.send(request("GET", "/slow/400"))
            let client = try gateway.connect()
            try client.send(request("POST", path, fields: ["Content-Length: 1000"]) + "abc")
            let answer = try client.response(to: "POST")
            #expect(answer.status == status && answer.text == text && answer.isComplete)
            #expect(try busy.response().status == 200)
            try expectStillThere(gateway)
        }
    }

    @Test func bothDirectionsGoOnAtOnce() throws {
        try withHTTP2Backend { gateway, _ in
            let client = try gateway.connect()
            try client.send(request("POST", "/both-ways", fields: ["Transfer-Encoding: chunked"]))
            try client.send("3\r\none\r\n")
            #expect(try client.head().status == 200)
            #expect(try client.receive().contains("one"))
            try client.send("3\r\ntwo\r\n")
            #expect(try client.receive().contains("two"))
            try client.send("0\r\n\r\n")
            #expect(try client.receive().hasSuffix("0\r\n\r\n"))
        }
    }

    private func poll(_ condition: () -> Bool) throws {
        let deadline = Deadline.usual
        while !condition() {
            guard !deadline.hasPassed else { throw KitError.process("it did not happen") }
            usleep(2000)
        }
    }
}
