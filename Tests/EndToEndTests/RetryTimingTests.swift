// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@Suite(.threads(.few)) struct RetryTimingTests {
    @Test func attemptThatTakesTooLongGoesElsewhereAndIsNotHeldAgainstTheBackend() throws {
        let origins = [try StubbornOrigin.neverAnswering(), try FakeOrigin("b")]
        // The other one needs some of it for its answer.
        try withGateway(origins, { $0.retry = ["per_try_timeout: 1500ms"] }) { gateway in
            #expect(try gateway.get("/x").text == "b")
            let line = try gateway.log.wait(forPrefix: "ERROR: GET /x x \(origins[0].url) - ")
            #expect(line.contains("no response within 1500ms (retry.per_try_timeout), retrying on "))
            try origins[0].waitForEnd(ofConnection: try origins[0].waitForRequest().connection)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func slowUploadIsNoSlowBackend() throws {
        let origins = [try FakeOrigin { .text("\($0.body.count)") }]
        let settings: (inout GatewaySettings) -> Void = {
            $0.retry = ["per_try_timeout: \(Deadline.setting(milliseconds: 1500))"]
        }
        try withGateway(origins, settings) { gateway in
            let client = try gateway.connect()
            try client.send(request("PUT", fields: ["Content-Length: 2"]) + "a")
            #expect(client.staysSilent(for: 2))
            try client.send("b")
            #expect(try client.response(to: "PUT").text == "2")
        }
    }

    /// The second retry waits so long that a test would fail at its own deadline if nothing ended the wait.
    private let waiting: (inout GatewaySettings) -> Void = {
        $0.retry = ["attempts: 3", "backoff: 1h"]
    }

    private func dying() throws -> [FakeOrigin] { try (0..<3).map { _ in try StubbornOrigin.closing() } }

    @Test func firstRetryGoesAtOnceAndTheSecondWaits() throws {
        let origins = try dying()
        try withGateway(origins, waiting) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            _ = try origins[1].waitForRequest()
            _ = try secondFailure(gateway, of: origins[1])
            #expect(client.staysSilent(for: 0.3))
            #expect(origins[2].requests.isEmpty)
            client.close()
            try gateway.log.wait(for: "the end", count: 1) {
                $0.hasPrefix("RESPONSE: GET /x <- ") && $0.contains("[499]")
            }
        }
    }

    private func secondFailure(_ gateway: GatewayProcess, of origin: FakeOrigin) throws -> String {
        try gateway.log.wait(forPrefix: "ERROR: GET /x x \(origin.url) - the connection was closed")
    }

    @Test func totalTimeoutEndsTheWait() throws {
        let origins = try dying()
        try withGateway(
            origins,
            {
                waiting(&$0); $0.timeouts = ["total: 400ms"]
            }
        ) { gateway in
            let response = try gateway.get("/x")
            #expect(response.status == 504)
            #expect(origins[2].requests.isEmpty)
        }
    }

    @Test func drainEndsTheWait() throws {
        let origins = try dying()
        try withGateway(
            origins,
            {
                waiting(&$0); $0.drainTimeout = "300ms"
            }
        ) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            _ = try secondFailure(gateway, of: origins[1])
            gateway.process.send(SIGTERM)
            #expect(try client.response().status == 503)
        }
    }

    @Test func waitIsOverWhenItsTimeHasCome() throws {
        let origins = try dying().dropLast() + [try FakeOrigin("c")]
        try withGateway(Array(origins), { $0.retry = ["attempts: 3", "backoff: 50ms"] }) { gateway in
            let answer = try gateway.get()
            #expect(answer.text == "c")
        }
    }
}
