// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct KeepAliveTests {
    @Test func bothSidesKeepOneConnectionForManyRequests() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for number in 0..<50 {
                let text = number % 2 == 0 ? request() : request("POST", body: "\(number)")
                let response = try client.exchange(text)
                #expect(response.status == 200)
                #expect(!response.fields.lists("close", in: "Connection"))
            }
            #expect(origin.connections.map(\.requests) == [50])
        }
    }

    @Test func clientsOneAfterAnotherShareAnUpstreamConnection() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            for _ in 0..<10 {
                let client = try gateway.connect()
                #expect(try client.get().status == 200)
                client.close()
            }
            #expect(origin.connections.map(\.requests) == [10])
        }
    }

    @Test func upstreamConnectionIsReusedAfterEveryKindOfResponse() throws {
        let origin = try FakeOrigin { request in
            switch request.target {
            case "/chunked": OriginResponse(body: .chunked([[97], [98]]))
            case "/none": OriginResponse(204)
            case "/large": OriginResponse(body: .pattern(300_000))
            case "/error": .text("oops", status: 500)
            default: .text("x")
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for target in ["/chunked", "/none", "/large", "/error", "/x", "/none", "/chunked"] {
                #expect(try client.get(target).isComplete)
            }
            #expect(try client.exchange(request("HEAD", "/none")).isComplete)
            #expect(origin.connections.map(\.requests) == [8])
            // But not when the response tells of a body that it does not have: some backends send it all the same.
            #expect(try client.exchange(request("HEAD", "/x")).isComplete)
            #expect(try client.get("/x").isComplete)
            #expect(origin.connections.map(\.requests) == [9, 1])
        }
    }

    @Test func closeIsHonouredAndAnnounced() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let response = try client.exchange(request(fields: ["Connection: Close"]))
            #expect(response.fields.lists("close", in: "Connection"))
            #expect(try client.waitForClose().isEmpty)
        }
    }

    @Test func http10ClosesUnlessAskedNotTo() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let closing = try gateway.connect()
            #expect(try closing.exchange(request(version: "1.0")).text == "hello")
            #expect(try closing.waitForClose().isEmpty)

            let keeping = try gateway.connect()
            for _ in 0..<3 {
                let response = try keeping.exchange(request(fields: ["Connection: keep-alive"], version: "1.0"))
                #expect(response.text == "hello")
                #expect(response.fields.lists("keep-alive", in: "Connection"))
            }
        }
    }

    @Test func http10NeedsNoHost() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let answer = try gateway.connect().exchange("GET /old HTTP/1.0\r\n\r\n")
            #expect(answer.status == 200)
            let seen = try origin.waitForRequest()
            #expect(seen.target == "/old")
            #expect(seen.fields[all: "Host"].count == 1)
        }
    }

    @Test func idleConnectionIsClosedAfterTheIdleTimeout() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.limits = ["idle_timeout: 200ms"] }) { gateway in
            let used = try gateway.connect()
            // From before it is idle: the client may see the answer late.
            let watch = Stopwatch()
            #expect(try used.get().status == 200)
            #expect(try used.waitForClose().isEmpty)
            #expect(watch.seconds >= 0.15)
        }
    }

    @Test func requestsPerConnectionAreLimited() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.limits = ["requests_per_connection: 3"] }) { gateway in
            let client = try gateway.connect()
            let responses = try (0..<3).map { _ in try client.get() }
            #expect(responses.map { $0.fields.lists("close", in: "Connection") } == [false, false, true])
            #expect(try client.waitForClose().isEmpty)
        }
    }

    @Test func errorAnswerOfTheGatewayKeepsTheConnection() throws {
        let origin = try FakeOrigin()
        origin.health = .status(500)
        try withGateway([origin], { $0.healthInterval = "30ms" }) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY ")
            let client = try gateway.connect()
            #expect(try client.exchange(request("POST", body: "hello")).status == 503)
            origin.health = .status(200)
            _ = try gateway.log.wait(forPrefix: "HEALTH: HEALTHY ")
            #expect(try client.get().status == 200)
        }
    }
}
