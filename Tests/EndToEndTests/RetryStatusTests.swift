// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct RetryStatusTests {
    private func origins(_ statuses: Int...) throws -> [FakeOrigin] {
        try statuses.map { status in try FakeOrigin { _ in .text("\(status)", status: status) } }
    }

    private let on: (inout GatewaySettings) -> Void = { $0.retry = ["on: [connect, reset, timeout, 502, 503]"] }

    @Test func statusIsRetriedOnAnotherBackendAndNothingOfItIsSeen() throws {
        let origins = try origins(503, 200)
        try withGateway(origins, on) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                let response = try client.get("/x")
                #expect(response.status == 200)
                #expect(response.text == "200")
            }
            let line = "ERROR: GET /x x \(origins[0].url) - status: 503, retrying on \(origins[1].url)"
            try gateway.log.wait(forLine: line)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func lastAnswerPassesAsItIs() throws {
        let origins = try origins(503, 502, 500)
        try withGateway(
            origins,
            {
                on(&$0); $0.retry.append("attempts: 2")
            }
        ) { gateway in
            let response = try gateway.get()
            #expect(response.status == 502)
            #expect(response.text == "502")
            #expect(response.fields[all: "proxy-status"] == [])
            #expect(origins.map { $0.requests.count } == [1, 1, 0])
        }
    }

    @Test func withoutAnotherBackendTheAnswerPasses() throws {
        let origins = try origins(503, 200)
        try withGateway(origins, on) { gateway in
            origins[1].stop()
            // Finds out that the other is down, and comes back to nobody: so the first answer was the only one there was.
            _ = try gateway.get()
            let response = try gateway.get()
            #expect(response.status == 503)
            #expect(response.text == "503")
        }
    }

    /// The only other backend has as much to do as it may have: what there is goes to the client, with the reason.
    @Test(arguments: [true, false]) func withoutRoomElsewhereItIsSaidWhyThereIsNoOtherAttempt(answers: Bool) throws {
        let gate = Gate()
        let busy = try FakeOrigin { _ in .text("slow", gate: gate) }
        let bad = answers ? try FakeOrigin { _ in .text("no", status: 503) } : try StubbornOrigin.closing()
        try withGateway(
            [busy, bad],
            {
                on(&$0)
                $0.backendMembers = ["max_connections: 1"]
            }
        ) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/slow"))
            try busy.waitForRequest()
            let response = try gateway.get("/x")
            let why = "not retried: every other backend is at its max_connections"
            #expect(response.status == (answers ? 503 : 502))
            let status = answers ? "received-status=503" : "error=connection_terminated"
            #expect(response.fields[all: "proxy-status"] == ["curlew; \(status); details=\"\(why)\""])
            let lines = try gateway.log.wait(for: "the failure") { $0.hasPrefix("ERROR: GET /x x \(bad.url) - ") }
            #expect(lines.count == 1 && lines[0].hasSuffix(", \(why)"))
            #expect(busy.requests.count == 1)
            gate.open()
            #expect(try client.response().text == "slow")
        }
    }

    @Test func bodyOfAnyStatusThatIsNotConfiguredPasses() throws {
        let origins = try origins(500, 200)
        try withGateway(origins, on) { gateway in
            let answer = try gateway.get()
            #expect(answer.text == "500")
            #expect(origins[1].requests.isEmpty)
        }
    }

    @Test(arguments: [("PUT", true), ("POST", false)]) func onlyWhatMayBeRepeatedIs(method: String, isRetried: Bool)
        throws
    {
        let origins = try origins(503, 200)
        try withGateway(origins, on) { gateway in
            let response = try gateway.connect().exchange(request(method, body: "body"))
            #expect(response.status == (isRetried ? 200 : 503))
            #expect(origins[1].requests.map(\.body.text) == (isRetried ? ["body"] : []))
        }
    }

    @Test func keyMakesAPostRepeatable() throws {
        let origins = try origins(503, 200)
        try withGateway(origins, on) { gateway in
            let text = request("POST", fields: ["idempotency-key: 7d4c"], body: "order")
            let response = try gateway.connect().exchange(text)
            #expect(response.status == 200)
            #expect(origins.map { $0.requests.map(\.body.text) } == [["order"], ["order"]])
        }
    }

    @Test func emptyKeyIsNone() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin()]
        try withGateway(origins) { gateway in
            let text = request("POST", fields: ["Idempotency-Key: "], body: "order")
            let response = try gateway.connect().exchange(text)
            #expect(response.status == 502)
            #expect(origins[1].requests.isEmpty)
        }
    }

    @Test func operatorMayHaveEverythingRepeated() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin { .echo($0) }]
        try withGateway(origins, { $0.retry = ["non_idempotent: true"] }) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: 10"]) + "01234")
            _ = try origins[0].waitForHead()
            try client.send("56789")
            #expect(try client.response(to: "POST").text == "0123456789")
        }
    }

    @Test func answerIsHeldBackWhileAnUploadIsUnderWay() throws {
        let refusing = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextHead() {
                try connection.send(.text("503", status: 503), to: request)
                try connection.waitForPeerToClose()
            }
        }
        let origins = [refusing, try FakeOrigin { .text("\($0.body.count)") }]
        try withGateway(origins, on) { gateway in
            let client = try gateway.connect()
            try client.send(request("PUT", fields: ["Content-Length: 60000"]))
            try client.sendPattern(60_000)
            #expect(try client.response(to: "PUT").text == "60000")
        }
    }
}
