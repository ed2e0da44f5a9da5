// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct ErrorAnswersTests {
    /// What every answer of the gateway's own carries; `error` is a token of RFC 9209, section 2.3.
    private func check(_ response: ReceivedResponse, _ status: Int, errors: Set<String>) {
        #expect(response.status == status)
        #expect(response.isComplete)
        let proxyStatus = response.fields["Proxy-Status"] ?? ""
        #expect(errors.contains { proxyStatus.hasPrefix("curlew; error=\($0)") }, "Proxy-Status: \(proxyStatus)")
        #expect(!(response.fields["X-Request-Id"] ?? "").isEmpty)
        #expect(response.fields.contains("Content-Type"))
        #expect(response.body.count > 0)
        #expect(response.body.count < 1000)
    }

    @Test func noHealthyBackendIs503() throws {
        let origins = try namedOrigins("a", "b")
        origins.forEach { $0.health = .status(500) }
        try withGateway(origins) { gateway in
            for origin in origins {
                _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origin.url) ")
            }
            let response = try gateway.get()
            check(response, 503, errors: ["destination_unavailable"])
            #expect(try #require(response.fields["Retry-After"].flatMap { Int($0) }) >= 1)
            #expect(origins.allSatisfy { $0.requests.isEmpty })
        }
    }

    @Test func refusedConnectionIs502() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            origin.stop()
            check(try gateway.get(), 502, errors: ["connection_refused"])
        }
    }

    @Test func connectionThatDiesBeforeAResponseIs502() throws {
        let origin = try StubbornOrigin.closing()
        try withGateway([origin]) { gateway in
            check(try gateway.get(), 502, errors: ["connection_terminated", "http_response_incomplete"])
        }
    }

    @Test func garbageIs502() throws {
        let origin = try StubbornOrigin.sending("garbage\r\n\r\n")
        try withGateway([origin]) { gateway in
            check(try gateway.get(), 502, errors: ["http_protocol_error"])
        }
    }

    @Test func slowFirstByteIs504() throws {
        let origin = try StubbornOrigin.neverAnswering()
        try withGateway([origin], { $0.timeouts = ["first_byte: 200ms"] }) { gateway in
            let watch = Stopwatch()
            check(try gateway.get(), 504, errors: ["http_response_timeout", "connection_read_timeout"])
            #expect(watch.seconds >= 0.15)
            let seen = try origin.waitForRequest()
            try origin.waitForEnd(ofConnection: seen.connection)
        }
    }

    @Test func firstByteTimeoutBeginsWhenTheRequestHasBeenSent() throws {
        let origin = try FakeOrigin()
        let limit = Deadline.setting(milliseconds: 2000)
        try withGateway([origin], { $0.timeouts = ["first_byte: \(limit)"] }) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: 8"]))
            // A client that takes its time over the body is no fault of the backend, which needs some for its answer.
            for _ in 0..<8 {
                #expect(client.staysSilent(for: 0.3))
                try client.send("x")
            }
            #expect(try client.response(to: "POST").status == 200)
        }
    }

    @Test func slowConnectIs504() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.timeouts = ["connect: 200ms"] }) { gateway in
            let stalled = try origin.stall()
            let watch = Stopwatch()
            check(try gateway.get(), 504, errors: ["connection_timeout"])
            // The limit is this one, and not one that was set for something before: 10 s for the client's head.
            #expect(watch.seconds < 8)
            withExtendedLifetime(stalled) {}
        }
    }

    @Test func slowConnectOfOneBackendIsRetriedAtTheNext() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.timeouts = ["connect: 200ms"] }) { gateway in
            let stalled = try origins[0].stall()
            let response = try gateway.connect().exchange(request("POST", body: "x"))
            #expect(response.text == "b")
            withExtendedLifetime(stalled) {}
        }
    }

    @Test func backendThatStopsInTheMiddleIsCutOffAfterTheIdleTimeout() throws {
        let origin = try StubbornOrigin.sendingThenSilent("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        try withGateway([origin], { $0.timeouts = ["idle: 200ms"] }) { gateway in
            let response = try gateway.get()
            #expect(response.status == 200)
            #expect(!response.isComplete)
            let seen = try origin.waitForRequest()
            try origin.waitForEnd(ofConnection: seen.connection)
        }
    }

    /// RFC 9209 §2.3.10: it is not an answer that was waited for.
    @Test func backendThatTakesNoMoreOfTheBodyIs504() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextHead() != nil else { return }
            try connection.waitForPeerToReset()
        }
        try withGateway([origin], { $0.timeouts = ["idle: 300ms"] }) { gateway in
            let client = try gateway.connect()
            let size = 64 << 20
            try client.send(request("PUT", fields: ["Content-Length: \(size)"]))
            _ = try client.sendUntilStuck(limit: size, patience: 0.1)
            check(try client.response(), 504, errors: ["connection_write_timeout"])
        }
    }

    @Test func totalTimeoutBoundsTheWholeExchange() throws {
        let origin = try StubbornOrigin.neverAnswering()
        try withGateway([origin], { $0.timeouts = ["total: 200ms"] }) { gateway in
            let response = try gateway.get()
            #expect(response.status == 504)
        }
    }

    @Test func answerToHeadHasNoBody() throws {
        let origin = try StubbornOrigin.closing()
        try withGateway([origin], { $0.healthInterval = "50ms" }) { gateway in
            let client = try gateway.connect()
            let response = try client.exchange(request("HEAD"))
            #expect([502, 503].contains(response.status))
            // A body would be read as the beginning of the next answer.
            #expect(try [502, 503].contains(client.exchange(request("HEAD")).status))
        }
    }

    @Test func bodyHasTheFormThatTheClientAccepts() throws {
        let origin = try FakeOrigin()
        origin.health = .status(500)
        try withGateway([origin]) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY ")
            let plain = try gateway.get()
            #expect(plain.fields["Content-Type"]?.hasPrefix("text/plain") == true)
            let json = try gateway.connect().exchange(request(fields: ["Accept: application/json"]))
            #expect(json.fields["Content-Type"]?.hasPrefix("application/json") == true)
            #expect(try JSONValue(json.text)["status"]?.number == 503)
            #expect(!json.text.contains("127.0.0.1"))
        }
    }

    @Test func malformedRequestIs400WithAnExplanation() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send("GET / HTTP/1.1\r\nHost : x\r\n\r\n")
            check(try client.response(), 400, errors: ["http_request_error"])
        }
    }

    @Test func requestIdIsTheOneInTheLog() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.logFormat = "json" }) { gateway in
            origin.stop()
            let response = try gateway.get()
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(record["request_id"]?.string == response.fields["X-Request-Id"])
            #expect(record["status"]?.number == 502)
        }
    }
}
