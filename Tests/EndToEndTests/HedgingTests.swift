// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@Suite(.threads(.few)) struct HedgingTests {
    private let hedging: (inout GatewaySettings) -> Void = { $0.retry = ["hedge_after: 100ms"] }

    @Test func slowRequestIsSentToAnotherBackendAndTheFirstAnswerCounts() throws {
        let origins = [try StubbornOrigin.neverAnswering(), try FakeOrigin("b")]
        try withGateway(origins, hedging) { gateway in
            #expect(try gateway.get("/x").text == "b")
            // Whoever lost is not to go on working for nobody, and has done nothing wrong.
            let loser = try origins[0].waitForRequest()
            try origins[0].waitForEnd(ofConnection: loser.connection)
            _ = try gateway.log.wait(forPrefix: "RESPONSE: GET /x <- \(origins[1].url) [200] ")
            #expect(!gateway.log.lines.contains { $0.hasPrefix("ERROR: ") || $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func answerOfTheFirstCountsWhenItComesFirst() throws {
        let gate = Gate()
        let origins = [try FakeOrigin { _ in .text("a", gate: gate) }, try StubbornOrigin.neverAnswering()]
        try withGateway(origins, hedging) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            let loser = try origins[1].waitForRequest()
            gate.open()
            #expect(try client.response().text == "a")
            try origins[1].waitForEnd(ofConnection: loser.connection)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func fastRequestIsSentOnce() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.retry = ["hedge_after: 5s"] }) { gateway in
            for _ in 0..<4 { _ = try gateway.get() }
            #expect(origins.map { $0.requests.count } == [2, 2])
        }
    }

    @Test(arguments: [request("POST", "/", body: "x"), request("POST", "/"), request("PUT", "/", body: "x")])
    func onlyRequestsWithoutBodyThatMayBeRepeatedAreHedged(text: String) throws {
        let gate = Gate()
        let origins = [try FakeOrigin { _ in .text("a", gate: gate) }, try FakeOrigin("b")]
        try withGateway(origins, hedging) { gateway in
            let client = try gateway.connect()
            try client.send(text)
            _ = try origins[0].waitForRequest()
            #expect(client.staysSilent(for: 0.3))
            gate.open()
            #expect(try client.response(to: "POST").text == "a")
            #expect(origins[1].requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("POST", ["Idempotency-Key: 1"], false), ("POST", ["Idempotency-Key: 1", "Content-Length: 0"], false),
        ("POST", [], true), ("PUT", ["Content-Length: 0"], false), ("DELETE", ["Content-Length: 0"], false),
        ("GET", ["Content-Length: 0"], false),
    ])
    func whateverMayBeRepeatedIsHedgedWithoutABody(method: String, fields: [String], isAllowed: Bool) throws {
        let origins = [try StubbornOrigin.neverAnswering(), try FakeOrigin("b")]
        let settings: (inout GatewaySettings) -> Void = {
            $0.retry = ["hedge_after: 100ms", "non_idempotent: \(isAllowed)"]
        }
        try withGateway(origins, settings) { gateway in
            let client = try gateway.connect()
            try client.send(request(method, "/x", fields: fields))
            #expect(try client.response(to: method).text == "b")
            let seen = try origins[1].waitForRequest()
            #expect(seen.method == method && seen.body.count == 0)
            #expect(origins[1].requests.count == 1)
        }
    }

    @Test func wholeBodyOfTheWinnerArrives() throws {
        let origins = [
            try StubbornOrigin.neverAnswering(), try FakeOrigin { _ in OriginResponse(body: .pattern(3_000_000)) },
        ]
        try withGateway(origins, hedging) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            #expect(try client.head().status == 200)
            #expect(try client.readPart(3_000_000).followsPattern)
        }
    }

    @Test func whenTheFirstFailsTheOtherIsWaitedFor() throws {
        let gate = Gate()
        let dying = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try gate.wait()
                return
            }
        }
        let second = Gate()
        let origins = [dying, try FakeOrigin { _ in .text("b", gate: second) }]
        try withGateway(origins, hedging) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            _ = try origins[1].waitForRequest()
            gate.open()
            let line = try gateway.log.wait(forPrefix: "ERROR: GET /x x \(origins[0].url) - ")
            #expect(line.hasSuffix(", retrying on \(origins[1].url)"))
            second.open()
            #expect(try client.response().text == "b")
            #expect(origins[1].requests.count == 1)
        }
    }

    @Test func whenTheOtherFailsTheFirstIsWaitedFor() throws {
        let gate = Gate()
        let origins = [try FakeOrigin { _ in .text("a", gate: gate) }, try StubbornOrigin.closing()]
        try withGateway(origins, hedging) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            _ = try gateway.log.wait(forPrefix: "ERROR: GET /x x \(origins[1].url) - ")
            gate.open()
            #expect(try client.response().text == "a")
            _ = try gateway.log.wait(forPrefix: "RESPONSE: GET /x <- \(origins[0].url) [200] ")
        }
    }

    @Test func clientThatLeavesEndsBoth() throws {
        let origins = [try StubbornOrigin.neverAnswering(), try StubbornOrigin.neverAnswering()]
        try withGateway(origins, hedging) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            let seen = try origins.map { try $0.waitForRequest().connection }
            client.close()
            for (origin, number) in zip(origins, seen) { try origin.waitForEnd(ofConnection: number) }
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func badAnswerIsNoneWhileThereMayBeAGoodOne() throws {
        let gate = Gate()
        let origins = [
            try FakeOrigin { _ in .text("good", gate: gate) }, try FakeOrigin { _ in .text("bad", status: 503) },
        ]
        let settings: (inout GatewaySettings) -> Void = { $0.retry = ["on: [reset, 503]", "hedge_after: 100ms"] }
        try withGateway(origins, settings) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            _ = try gateway.log.wait(forPrefix: "ERROR: GET /x x \(origins[1].url) - status: 503")
            gate.open()
            #expect(try client.response().text == "good")
        }
    }

    /// When a backend freezes, all that wait there want a hedge at the same moment, and the budget has a place for few.
    @Test func whoFindsNoPlaceInTheBudgetAsksAgain() throws {
        let origins = [try StubbornOrigin.neverAnswering(), try FakeOrigin("b")]
        let settings: (inout GatewaySettings) -> Void = {
            $0.retry = ["hedge_after: 50ms", "budget: 0%", "budget_minimum: 1"]
        }
        try withGateway(origins, settings) { gateway in
            let clients = try (0..<12).map { _ in try gateway.connect() }
            for client in clients { try client.send(request("GET", "/x")) }
            for client in clients { #expect(try client.response().text == "b") }
        }
    }

    @Test func whenTheOtherFailsAThirdIsAsked() throws {
        let origins = [
            try StubbornOrigin.neverAnswering(), try StubbornOrigin.closing(), try FakeOrigin("c"),
        ]
        try withGateway(origins, hedging) { gateway in
            #expect(try gateway.get("/x").text == "c")
            let line = try gateway.log.wait(forPrefix: "ERROR: GET /x x \(origins[1].url) - ")
            #expect(line.hasSuffix(", retrying on \(origins[0].url)"))
        }
    }

    @Test func aRetryIsHedgedAsWell() throws {
        let origins = [
            try StubbornOrigin.closing(), try StubbornOrigin.neverAnswering(), try FakeOrigin("c"),
        ]
        try withGateway(origins, hedging) { gateway in
            let answer = try gateway.get("/x")
            #expect(answer.text == "c")
            #expect(origins.map { $0.requests.count } == [1, 1, 1])
        }
    }

    /// Who never answers is never told of by an answer: what was waited in vain is what `least_time` has to go by.
    @Test func whoIsOutpacedLosesItsShareOfLeastTime() throws {
        let origins = [try StubbornOrigin.neverAnswering(), try FakeOrigin("b")]
        let settings: (inout GatewaySettings) -> Void = {
            $0.retry = ["hedge_after: 50ms"]
            $0.poolMembers = ["strategy: least_time"]
        }
        try withGateway(origins, settings) { gateway in
            for _ in 0..<12 {
                let answer = try gateway.get()
                #expect(answer.text == "b")
            }
            #expect(origins[0].requests.count <= 2, "\(origins[0].requests.count) were sent to who never answers")
        }
    }

    @Test func budgetKeepsASlowPoolFromTwiceTheLoad() throws {
        let gate = Gate()
        let origins = try (0..<2).map { _ in try FakeOrigin { _ in .text("a", gate: gate) } }
        let settings: (inout GatewaySettings) -> Void = {
            $0.retry = ["hedge_after: 50ms", "budget: 0%", "budget_minimum: 1"]
        }
        try withGateway(origins, settings) { gateway in
            let clients = try (0..<6).map { _ in try gateway.connect() }
            for client in clients { try client.send(request("GET", "/x")) }
            // Six requests, and the one that may be there twice.
            let sent = { origins.map { $0.requests.count }.reduce(0, +) }
            let deadline = Deadline.usual
            while sent() < 7, !deadline.hasPassed { usleep(2000) }
            #expect(clients[0].staysSilent(for: 0.4))
            #expect(sent() == 7)
            gate.open()
            for client in clients { #expect(try client.response().text == "a") }
        }
    }
}
