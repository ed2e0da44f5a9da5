// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Kept connections that turn out dead as a request arrives on them. That is nobody's failure: the request goes to the same
/// backend once more, over a new connection, and nothing is counted.
@Suite(.threads(.few)) struct DeadConnectionTests {
    /// An origin of which each connection is good for one request, once `gate` is open. Then ``isDying`` says whether a new
    /// connection is good for any.
    private final class Origin: Sendable {
        let gate = Gate()
        let isDying = Monitor(false)
        let fake: FakeOrigin

        init(_ name: String) throws {
            let (gate, isDying) = (gate, isDying)
            fake = try FakeOrigin { (connection: OriginConnection) in
                guard let first = try connection.nextRequest(), !isDying.read({ $0 }) else { return }
                if first.target == "/warm" { try gate.wait() }
                try connection.send(.text("\(name) \(first.body.text)"), to: first)
                _ = try connection.nextHead()
            }
        }

        /// How often `target` has arrived.
        func count(of target: String) -> Int { fake.requests.filter { $0.target == target }.count }
    }

    /// So many connections to each origin, which then are idle, and die with the next request.
    private func keepConnections(_ count: Int, to origins: [Origin], of gateway: GatewayProcess) throws {
        let clients = try (0..<count * origins.count).map { _ in try gateway.connect() }
        for client in clients { try client.send(request("GET", "/warm")) }
        for origin in origins { try origin.fake.waitForRequest(count) }
        for origin in origins { origin.gate.open() }
        for client in clients { #expect(try client.response().status == 200) }
    }

    private let nothingIsToSpare: (inout GatewaySettings) -> Void = {
        $0.retry = ["attempts: 1", "budget: 0%", "budget_minimum: 0"]
    }

    @Test func theRecordTellsWhenItWasSentAgain() throws {
        // The second request of a connection is let lie for a while before the connection goes.
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard let first = try connection.nextRequest() else { return }
            try connection.send(.text("a"), to: first)
            guard try connection.nextHead() != nil else { return }
            usleep(30_000)
        }
        try withGateway([origin], { $0.logFormat = "json" }) { gateway in
            #expect(try gateway.get("/warm").status == 200)
            #expect(try gateway.get("/x").status == 200)
            let record = try #require(try gateway.log.waitForRecords("RESPONSE", count: 2).last)
            let tries = try #require(record["tries"]?.array)
            let began = tries.compactMap { $0["began_ms"]?.number }
            let took = tries.compactMap { $0["duration_ms"]?.number }
            #expect(began.count == 2 && took.count == 2)
            // The second begins where the first ends, and both together take no longer than the request.
            let whole = try #require(record["duration_ms"]?.number)
            #expect(took[0] >= 20 && began[1] >= began[0] + took[0] - 1 && began[1] + took[1] <= whole + 1, "\(tries)")
        }
    }

    @Test(arguments: [1, 4]) func aDeadOneCostsNoAttemptHoweverManyThereAre(kept: Int) throws {
        let origin = try Origin("a")
        try withGateway([origin.fake], nothingIsToSpare) { gateway in
            try keepConnections(kept, to: [origin], of: gateway)
            let before = origin.fake.connections.count
            let answer = try gateway.get("/x")
            #expect(answer.text == "a ")
            // Over one of those that were there, and over a new one.
            #expect(origin.fake.connections.count == before + 1)
            #expect(origin.count(of: "/x") == 2)
            let failure = "the connection was closed before a response"
            try gateway.log.wait(
                forLine: "ERROR: GET /x x \(origin.fake.url) - \(failure), retrying on \(origin.fake.url)"
            )
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test(arguments: ["Content-Length: 9", "Transfer-Encoding: chunked"])
    func whatWasTakenOfABodyIsSentAgain(framing: String) throws {
        let origin = try Origin("a")
        try withGateway([origin.fake], nothingIsToSpare) { gateway in
            try keepConnections(3, to: [origin], of: gateway)
            let client = try gateway.connect()
            let isChunked = framing.hasSuffix("chunked")
            try client.send(request("PUT", "/x", fields: [framing]) + (isChunked ? "3\r\none\r\n" : "one"))
            // It has died on the way to the first, and been begun anew.
            _ = try gateway.log.wait(forPrefix: "ERROR: PUT /x x \(origin.fake.url) - ")
            try client.send(isChunked ? "6\r\n pizza\r\n0\r\n\r\n" : " pizza")
            let answer = try client.response(to: "PUT")
            #expect(answer.text == "a one pizza", "\(transcript(of: gateway.process))")
        }
    }

    @Test func aNewOneThatDiesTooIsAFailureOfTheBackend() throws {
        let origins = [try Origin("a"), try Origin("b")]
        try withGateway(origins.map(\.fake), { $0.retry = ["attempts: 2"] }) { gateway in
            try keepConnections(4, to: origins, of: gateway)
            origins[0].isDying.change { $0 = true }
            // The other's connections are old too, and that costs no attempt either.
            let answer = try gateway.get("/x")
            #expect(answer.text == "b ")
            #expect(origins.map { $0.count(of: "/x") } == [2, 2])
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origins[0].fake.url) - ")
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY \(origins[1].fake.url)") })
        }
    }

    @Test(arguments: [("GET", "on: [connect]"), ("POST", "on: [connect, reset]")])
    func whatMayNotBeSentTwiceIsNot(method: String, on: String) throws {
        let origin = try Origin("a")
        try withGateway([origin.fake], { $0.retry = [on] }) { gateway in
            try keepConnections(2, to: [origin], of: gateway)
            let answer = try gateway.connect().exchange(request(method, "/x"))
            #expect(answer.status == 502)
            #expect(origin.count(of: "/x") == 1)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func aHedgeIsSentAgainToo() throws {
        let gate = Gate()
        let stalled = try FakeOrigin { $0.target == "/x" ? .text("late", gate: gate) : .text("warm") }
        let other = try StubbornOrigin.closing(afterAnswering: 1)
        try withGateway([stalled, other], { $0.retry = ["attempts: 2", "hedge_after: 500ms"] }) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 { #expect(try client.get("/warm").status == 200) }
            #expect(try client.get("/x").status == 200)
            #expect(other.requests.filter { $0.target == "/x" }.count == 2)
            gate.open()
        }
    }
}
