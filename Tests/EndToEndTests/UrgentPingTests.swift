// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What becomes of requests that find every backend out of rotation: the next usual ping is an hour away in all of these.
@Suite(.threads(.few)) struct UrgentPingTests {
    /// How long one GET takes that is answered 503.
    private func timeOfRefusal(_ get: (String) throws -> ReceivedResponse) throws -> Duration {
        let began = ContinuousClock.now
        let status = try get("/").status
        let took = began.duration(to: .now)
        #expect(status == 503)
        return took
    }

    /// Takes both origins out of rotation: the one answer to a request that both refuse.
    private func stopBoth(_ origins: [FakeOrigin], behind gateway: GatewayProcess) throws {
        origins.forEach { $0.stop() }
        #expect(try gateway.get().status == 502)
        for origin in origins { _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origin.url) - ") }
    }

    @Test(arguments: [1, 2]) func rollingRestartFailsNoGet(workers: Int) throws {
        let origins = try namedOrigins("a", "b", "c")
        let isOver = Monitor(false)
        let failures = Monitor<[String]>([])
        let counts = Monitor(Array(repeating: 0, count: 4))
        /// Every request that is under way now is answered, and as many more from every client.
        func waitForRequests(_ more: Int = 0) throws {
            let soFar = counts.read { $0 }
            try counts.wait(for: "requests") { counts in zip(counts, soFar).allSatisfy { $0 > $1 + more } }
        }
        try withGateway(origins, { $0.workers = workers }) { gateway in
            let clients = (0..<4).map { client in
                BackgroundThread {
                    while !isOver.read({ $0 }) {
                        do {
                            let answer = try gateway.get()
                            if answer.status != 200 { failures.change { $0.append("\(answer.status)") } }
                        } catch {
                            failures.change { $0.append("\(error)") }
                        }
                        counts.change { $0[client] += 1 }
                    }
                }
            }
            for origin in origins {
                origin.stop()
                _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origin.url) - ")
                try origin.start()
                // One that meets all three as they go has had its three attempts.
                try waitForRequests()
            }
            // The third was the last that was in, and the others were back before its requests were given up.
            for origin in origins.prefix(2) {
                try gateway.log.wait(forLine: "HEALTH: HEALTHY \(origin.url) - status: 200", count: 2)
            }
            try waitForRequests(5)
            isOver.change { $0 = true }
            for client in clients { try client.join() }
        }
        #expect(failures.read { $0 } == [])
    }

    @Test func bodyThatWasNotSentYetWaitsToo() throws {
        let origins = try (0..<2).map { _ in try FakeOrigin { .text("\($0.body.count)") } }
        try withGateway(origins) { gateway in
            try stopBoth(origins, behind: gateway)
            for origin in origins { try origin.start() }
            let client = try gateway.connect()
            try client.send(request("POST", body: "12345"))
            let answer = try client.response(to: "POST")
            #expect(answer.status == 200)
            #expect(answer.text == "5")
            #expect(origins.reduce(0) { $0 + $1.requests.count } == 1)
        }
    }

    @Test func refusingPoolIsToldOfAtOnce() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins) { gateway in
            try stopBoth(origins, behind: gateway)
            let client = try gateway.connect()
            let times = try (0..<50).map { _ in try timeOfRefusal { try client.get($0) } }.sorted()
            // A moment on a quiet machine. On a busy one few take as long as anybody would wait for an answer.
            #expect(times[25] < .milliseconds(100) * Deadline.scale)
            #expect(times[44] < .milliseconds(200) * Deadline.scale)
        }
    }

    @Test func badAnswerToThePingIsNotWaitedOnAndNobodyIsPingedTooOften() throws {
        let isDying = Monitor(false)
        let origins = try (0..<2).map { _ in
            try FakeOrigin { (connection: OriginConnection) in
                while let request = try connection.nextRequest() {
                    if isDying.read({ $0 }) { return }
                    try connection.send(.text("a", fields: [("Connection", "close")]), to: request)
                }
            }
        }
        try withGateway(origins) { gateway in
            #expect(try gateway.get().status == 200)
            isDying.change { $0 = true }
            for origin in origins { origin.health = .status(500) }
            #expect(try gateway.get().status == 502)
            let client = try gateway.connect()
            let began = ContinuousClock.now
            var times: [Duration] = []
            while began.duration(to: .now) < .milliseconds(1100) {
                times.append(try timeOfRefusal { try client.get($0) })
            }
            // If they waited, there would be few, and hardly one that is quick.
            #expect(times.sorted()[times.count / 2] < .milliseconds(100) * Deadline.scale)
            for origin in origins { try origin.waitForPings(2) }
            let seconds = began.duration(to: .now) / .seconds(1)
            for origin in origins {
                // The first is that of the start.
                #expect((2...2 + Int(seconds * 4) + 1).contains(origin.pings), "\(origin.pings) in \(seconds) s")
            }
        }
    }

    @Test func poolThatNeverAnswersIsToldOfAfterAQuarterOfASecond() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.timeouts = ["connect: 300ms"] }) { gateway in
            let ports = try origins.map { try $0.stall() }
            #expect(try gateway.get().status == 504)
            let first = try timeOfRefusal { try gateway.get($0) }
            // The ping itself may take 3 s.
            #expect(first > .milliseconds(200) && first < .milliseconds(2500))
            // Nobody has answered, so nobody else waits, and those who take as long all the same are few.
            let others = try (0..<5).map { _ in try timeOfRefusal { try gateway.get($0) } }.sorted()
            #expect(others[2] < .milliseconds(200) * Deadline.scale)
            withExtendedLifetime(ports) {}
        }
    }

    @Test func goodPingThatDoesNotSufficeBringsNobodyBack() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.healthCheck = ["rise: 2"] }) { gateway in
            try stopBoth(origins, behind: gateway)
            for origin in origins { try origin.start() }
            #expect(try gateway.get().status == 503)
            let deadline = Deadline.usual
            var status = 503
            while status == 503, !deadline.hasPassed { status = try gateway.get().status }
            #expect(status == 200)
        }
    }

    /// One request that the only backend breaks the connection of, and all the others that come meanwhile.
    @Test func onlyBackendIsWaitedForAfterAStrayFailure() throws {
        let pings = Monitor<@Sendable () -> Int>({ 0 })
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest(), request.target != "/poison" {
                try connection.send(.text("\(pings.read { $0() })"), to: request)
            }
        }
        pings.change { $0 = { [unowned origin] in origin.pings } }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().text == "1")
            #expect(try client.get("/poison").status == 502)
            try concurrently(8) { _ in
                let answer = try gateway.get("/x")
                // It was out until it had answered a ping. (What the log has of it need not stand before what a worker logs.)
                #expect(try answer.status == 200 && #require(Int(answer.text)) >= 2)
            }
            let gone = "HEALTH: UNHEALTHY \(origin.url) - the connection was closed before a response"
            try gateway.log.wait(forLine: gone)
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(origin.url) - status: 200", count: 2)
        }
    }

    /// The others are really down, and the one that a request has just failed at is as well as before.
    @Test func theLastOfManyIsWaitedForToo() throws {
        let origins = [
            try FakeOrigin("a"),
            try FakeOrigin { (connection: OriginConnection) in
                while let request = try connection.nextRequest(), request.target != "/poison" {
                    try connection.send(.text("b"), to: request)
                }
            },
        ]
        try withGateway(origins) { gateway in
            origins[0].stop()
            let client = try gateway.connect()
            #expect(try client.get().text == "b")
            #expect(try client.get("/poison").status == 502)
            #expect(try client.get().text == "b")
        }
    }

    /// Every backend that reads `/poison` closes without an answer. One client sends it again as soon as somebody is back.
    @Test(arguments: [1, 3]) func repeatedPoisonCostsNoOtherRequestItsAnswer(count: Int) throws {
        let origins = try (0..<count).map { _ in
            try FakeOrigin { (connection: OriginConnection) in
                while let request = try connection.nextRequest(), request.target != "/poison" {
                    try connection.send(.text("a"), to: request)
                }
            }
        }
        try withGateway(origins) { gateway in
            let client = try gateway.connect()
            for _ in 0..<8 {
                let status = try gateway.get("/poison").status
                #expect([502, 503].contains(status))
                #expect(try client.get("/x").status == 200)
            }
        }
    }

    @Test func lastBackendThatFailsRequestsAndAnswersPingsIsTriedFourTimesASecondAtMost() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in _ = try connection.nextRequest() }
        try withGateway([origin]) { gateway in
            #expect(try gateway.get().status == 502)
            let began = ContinuousClock.now
            var failed = 0
            while began.duration(to: .now) < .milliseconds(1600) {
                let status = try gateway.get().status
                #expect([502, 503].contains(status))
                if status == 502 { failed += 1 }
            }
            let seconds = began.duration(to: .now) / .seconds(1)
            #expect((1...Int(seconds * 4) + 1).contains(failed), "\(failed) in \(seconds) s")
        }
    }
}
