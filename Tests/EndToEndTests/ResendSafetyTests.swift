// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// libcurl sends a request again by itself when a reused connection dies before the first line of a response, whatever
/// the method. Against backends that read a request and close, that would place an order twice.
@Suite(.threads(.few)) struct ResendSafetyTests {
    /// Three backends, each with one idle upstream connection on which the next request will die.
    private func withWarmBackends(
        resetting: Bool = false,
        retry: [String] = [],
        _ body: (GatewayProcess, [FakeOrigin]) throws -> Void
    ) throws {
        let origins = try (0..<3).map { _ in
            resetting
                ? try StubbornOrigin.resetting(afterAnswering: 1) : try StubbornOrigin.closing(afterAnswering: 1)
        }
        try withGateway(origins, { $0.retry = retry }) { gateway in
            let client = try gateway.connect()
            for _ in origins {
                #expect(try client.get().status == 200)
            }
            #expect(origins.map { $0.requests.count } == [1, 1, 1])
            try body(gateway, origins)
        }
    }

    private func deliveries(_ method: String, _ origins: [FakeOrigin]) -> [ReceivedRequest] {
        origins.flatMap(\.requests).filter { $0.method == method }
    }

    @Test(arguments: [false, true]) func postIsDeliveredAtMostOnceAndAnswered502(resetting: Bool) throws {
        try withWarmBackends(resetting: resetting) { gateway, origins in
            let response = try gateway.connect().exchange(request("POST", "/order", body: "one pizza"))
            #expect(response.status == 502)
            let delivered = deliveries("POST", origins)
            #expect(delivered.count == 1)
            // It must have died on the warm connection, or this test has not tested anything.
            #expect(delivered.first.map { origins[0].connections[0].number == $0.connection } == true)
        }
    }

    @Test func postWithoutABodyIsDeliveredAtMostOnce() throws {
        try withWarmBackends { gateway, origins in
            let response = try gateway.connect().exchange(request("POST", "/order", body: ""))
            #expect(response.status == 502)
            #expect(deliveries("POST", origins).count == 1)
        }
    }

    @Test func streamedPostIsDeliveredAtMostOnce() throws {
        try withWarmBackends { gateway, origins in
            let client = try gateway.connect()
            try client.send(request("POST", "/order", fields: ["Transfer-Encoding: chunked"]) + "3\r\none\r\n")
            try origins[0].waitForHead(2)
            try client.send("6\r\n pizza\r\n0\r\n\r\n")
            #expect(try client.response(to: "POST").status == 502)
            #expect(deliveries("POST", origins).map(\.body.text) == ["one pizza"])
        }
    }

    @Test func getIsRetriedAndAnswered200() throws {
        try withWarmBackends { gateway, origins in
            let response = try gateway.connect().get("/again")
            #expect(response.status == 200)
            let delivered = origins.flatMap(\.requests).filter { $0.target == "/again" }
            #expect(delivered.count >= 2)
        }
    }

    /// Beside its attempts a request is sent to a backend again once, where the connection was an old one.
    @Test(arguments: [(["attempts: 1"], 2), (["on: [connect]"], 1), (["attempts: 2"], 2), ([], 2)])
    func oneBackendHasItAgainOnlyOnce(retry: [String], most: Int) throws {
        try withWarmBackends(retry: retry) { gateway, origins in
            let client = try gateway.connect()
            for target in ["/a", "/b"] {
                _ = try client.get(target)
                let count = origins.flatMap(\.requests).filter { $0.target == target }.count
                #expect(count >= 1 && count <= most)
            }
            // The first died on a warm connection, or nothing was tested.
            _ = try gateway.log.wait(forPrefix: "ERROR: GET /a x \(origins[0].url) - ")
        }
    }

    @Test func aResendIsLoggedAndCountedInTheRecord() throws {
        let origin = try StubbornOrigin.closing(afterAnswering: 1)
        try withGateway([origin], { $0.logFormat = "json" }) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/1").status == 200)
            #expect(try client.get("/2").status == 200)
            let failure = try #require(try gateway.log.waitForRecords("ERROR").last)
            #expect(failure["attempts"] == .number(1))
            #expect(failure["retrying_on"] == .string(origin.url))
            let response = try #require(try gateway.log.waitForRecords("RESPONSE", count: 2).last)
            #expect(response["attempts"] == .number(2))
        }
    }

    /// A backend that closes an idle connection just as a request is on its way is not ill, and it is the only one.
    @Test func deadReusedConnectionIsNotHeldAgainstTheBackend() throws {
        let origin = try StubbornOrigin.closing(afterAnswering: 1)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/1").status == 200)
            #expect(try client.get("/2").status == 200)
            #expect(try client.exchange(request("POST", "/3", body: "x")).status == 502)
            #expect(try client.get("/4").status == 200)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
            #expect(origin.requests.filter { $0.target == "/3" }.count == 1)
        }
    }

    @Test func manyPostsOneAfterAnotherAreEachDeliveredAtMostOnce() throws {
        let origins = try (0..<3).map { _ in try StubbornOrigin.closing(afterAnswering: 2) }
        try withGateway(origins, { $0.healthInterval = "20ms" }) { gateway in
            let client = try gateway.connect()
            for number in 0..<30 {
                let status = try client.exchange(request("POST", "/\(number)", body: "x")).status
                #expect([200, 502, 503].contains(status))
            }
            let targets = origins.flatMap(\.requests).map(\.target)
            #expect(Set(targets).count == targets.count)
        }
    }

    @Test func connectionThatTheBackendClosedWhileIdleCostsNoPost() throws {
        let origin = try StubbornOrigin.closingAfterEachAnswer()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for number in 1...10 {
                #expect(try client.exchange(request("POST", body: "x")).status == 200)
                try origin.waitForEnd(ofConnection: try origin.waitForRequest(number).connection)
            }
            #expect(origin.requests.count == 10)
        }
    }
}
