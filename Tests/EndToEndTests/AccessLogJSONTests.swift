// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct AccessLogJSONTests {
    private func json(_ settings: inout GatewaySettings) {
        settings.logFormat = "json"
    }

    @Test func isTheDefaultWhenOutputIsNoTerminal() throws {
        try withGateway([try FakeOrigin()], { $0.logFormat = "auto" }) { gateway in
            let record = try gateway.log.waitForRecords("INFO")[0]
            #expect(record["port"]?.number == Double(gateway.port))
            #expect(record["level"]?.string == "info")
            #expect(record["message"]?.string?.isEmpty == false)
        }
    }

    @Test func everyLineIsOneObjectWithTimeLevelAndCategory() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin()]
        try withGateway(origins, json) { gateway in
            _ = try gateway.get("/x")
            _ = try gateway.log.waitForRecords("RESPONSE")
            for line in gateway.log.lines {
                let record = try JSONValue(line)
                let time = try #require(record["time"]?.string)
                #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
                #expect(["info", "warning", "error"].contains(record["level"]?.string))
                #expect(["INFO", "REQUEST", "RESPONSE", "HEALTH", "ERROR"].contains(record["category"]?.string))
            }
        }
    }

    @Test func responseTellsWhatHappened() throws {
        let origin = try FakeOrigin { .text("nineteen bytes long", status: 201, fields: [("X", $0.target)]) }
        try withGateway([origin], json) { gateway in
            let client = try gateway.connect()
            _ = try client.exchange(request("POST", "/a?b", body: "hello"))
            _ = try client.exchange(request("POST", "/a?b", body: "hello"))
            let records = try gateway.log.waitForRecords("RESPONSE", count: 2)
            for record in records {
                #expect(record["client"]?.string == "127.0.0.1")
                #expect(record["method"]?.string == "POST")
                #expect(record["path"]?.string == "/a?b")
                #expect(record["status"]?.number == 201)
                #expect(record["backend"]?.string == origin.url)
                #expect(record["pool"]?.string == "web")
                #expect(record["attempts"]?.number == 1)
                #expect(record["bytes_in"]?.number == 5)
                #expect(record["bytes_out"]?.number == 19)
                #expect(try #require(record["duration_ms"]?.number) > 0)
            }
            let ids = origin.requests.map { $0.fields["X-Request-Id"] }
            #expect(records.map { $0["request_id"]?.string } == ids)
            #expect(records.map { $0["upstream"]?["reused"]?.bool } == [false, true])
        }
    }

    @Test func upstreamHasThePhaseTimes() throws {
        let gate = Gate()
        let origin = try FakeOrigin { _ in .text("x", gate: gate) }
        try withGateway([origin], json) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            try origin.waitForRequest()
            // The times are what is tested here, so some must pass.
            #expect(client.staysSilent(for: 0.1 / Deadline.scale))
            gate.open()
            _ = try client.response()
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            let upstream = try #require(record["upstream"])
            let times = try ["dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "total_ms"].map {
                try #require(upstream[$0]?.number)
            }
            #expect(times.allSatisfy { $0 >= 0 })
            #expect(times[2] == 0)
            #expect(times[3] >= 90)
            #expect(times[4] >= times[3])
            // Small differences between libcurl's clock and the gateway's are no contradiction.
            #expect(try #require(record["duration_ms"]?.number) >= times[3] - 5)
        }
    }

    @Test func retryCountsAttemptsAndLeavesAnError() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        try withGateway(origins, json) { gateway in
            _ = try gateway.get("/x")
            let response = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(response["attempts"]?.number == 2)
            #expect(response["backend"]?.string == origins[1].url)
            let error = try gateway.log.waitForRecords("ERROR")[0]
            #expect(error["backend"]?.string == origins[0].url)
            #expect(error["path"]?.string == "/x")
            #expect(error["request_id"]?.string == response["request_id"]?.string)
            #expect(error["level"]?.string != "info")
        }
    }

    @Test func requestNamesTheBackendBeforeTheResponseIsThere() throws {
        let gate = Gate()
        let origin = try FakeOrigin { _ in .text("x", gate: gate) }
        try withGateway([origin], json) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/x"))
            let record = try gateway.log.waitForRecords("REQUEST")[0]
            #expect(record["method"]?.string == "GET")
            #expect(record["path"]?.string == "/x")
            #expect(record["backend"]?.string == origin.url)
            gate.open()
            _ = try client.response()
        }
    }

    @Test func healthTellsTransitions() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], json) { gateway in
            origin.stop()
            _ = try gateway.get()
            let records = try gateway.log.waitForRecords("HEALTH", count: 2)
            #expect(records.map { $0["backend"]?.string } == [origin.url, origin.url])
            #expect(records.map { $0["healthy"]?.bool } == [true, false])
            #expect(records[0]["status"]?.number == 200)
            #expect(records[1]["error"]?.string == "Connection refused")
        }
    }

    /// As nginx has it, so that such requests can be counted. Whoever has got a status is recorded with that one.
    @Test func clientThatLeavesBeforeAnAnswerIsRecordedAs499() throws {
        let origin = try StubbornOrigin.neverAnswering()
        try withGateway([origin], json) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/left"))
            try origin.waitForRequest()
            client.reset()
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(record["path"]?.string == "/left")
            #expect(record["status"]?.number == 499)
        }
    }

    @Test func clientThatLeavesWithinAnAnswerIsRecordedWithItsStatus() throws {
        let origin = try StubbornOrigin.sendingThenSilent("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        try withGateway([origin], json) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            _ = try client.head()
            client.reset()
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(record["status"]?.number == 200)
            #expect(try gateway.log.waitForRecords("ERROR")[0]["error"]?.string == "the client closed the connection")
        }
    }

    @Test func answersOfTheGatewaysOwnAreCounted() throws {
        let origin = try StubbornOrigin.sending("garbage\r\n\r\n")
        try withGateway([origin], json) { gateway in
            let lost = try gateway.get()
            #expect(lost.status == 502)
            let refused = try gateway.connect().exchange("GET / HTTP/1.1\r\n\r\n")
            #expect(refused.status == 400)
            #expect(try gateway.connect().exchange(request("HEAD", fields: ["Expect: tea"])).status == 417)
            let records = try gateway.log.waitForRecords("RESPONSE", count: 3)
            let counts = records.map { $0["bytes_out"]?.number }
            #expect(counts == [Double(lost.body.count), Double(refused.body.count), 0])
            #expect(lost.body.count > 0 && refused.body.count > 0)
            // Nothing was attempted for the second and the third.
            let errors = try gateway.log.waitForRecords("ERROR", count: 3)
            #expect(errors.map { $0["attempts"]?.number } == [1, 0, 0])
        }
    }

    @Test func bytesOutCountWhatWasSentOfABrokenResponse() throws {
        let origin = try StubbornOrigin.sendingThenSilent("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        let settings: (inout GatewaySettings) -> Void = {
            $0.logFormat = "json"
            $0.timeouts = ["idle: 200ms"]
        }
        try withGateway([origin], settings) { gateway in
            #expect(try !gateway.get().isComplete)
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(record["bytes_out"]?.number == 5)
        }
    }

    @Test func hostileBytesStayInsideTheirString() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], json) { gateway in
            let target = "/\"},{\"category\":\"INFO\\\",\\u0000"
            _ = try gateway.get(target)
            let record = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(record["path"]?.string == target)
        }
    }
}
