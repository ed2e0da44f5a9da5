// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct AccessLogTextTests {
    @Test func startSaysWhereItRuns() throws {
        try withGateway([try FakeOrigin()]) { gateway in
            try gateway.log.wait(forLine: "INFO: Load balancer running on port \(gateway.port)")
        }
    }

    @Test func requestAndResponseLeaveOneLineEach() throws {
        let origin = try FakeOrigin { .text("x", status: $0.target == "/gone" ? 410 : 200) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            _ = try client.get("/a?b=c")
            _ = try client.exchange(request("POST", "/gone", body: "hello"))
            try gateway.log.wait(for: "two responses", count: 2) { $0.hasPrefix("RESPONSE: ") }
            let lines = gateway.log.lines.filter { $0.hasPrefix("REQUEST: ") || $0.hasPrefix("RESPONSE: ") }
            #expect(lines.count == 4)
            #expect(lines[0] == "REQUEST: GET /a?b=c -> \(origin.url)")
            #expect(
                lines[1].wholeMatch(of: /RESPONSE: GET \/a\?b=c <- (\S+) \[200\] \d+ms/)?.1 == Substring(origin.url)
            )
            #expect(lines[2] == "REQUEST: POST /gone -> \(origin.url)")
            #expect(lines[3].wholeMatch(of: /RESPONSE: POST \/gone <- (\S+) \[410\] \d+ms/)?.1 == Substring(origin.url))
        }
    }

    @Test func durationIsThatOfTheExchange() throws {
        let gate = Gate()
        let origin = try FakeOrigin { _ in .text("x", gate: gate) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            try origin.waitForRequest()
            // The duration is what is tested here, so some must pass.
            #expect(client.staysSilent(for: 0.15 / Deadline.scale))
            gate.open()
            _ = try client.response()
            let line = try gateway.log.wait(forPrefix: "RESPONSE: ")
            let milliseconds = line.firstMatch(of: /(\d+)ms$/).flatMap { Int($0.1) }
            #expect(try (140...20_000).contains(#require(milliseconds)))
        }
    }

    @Test func answerOfTheGatewayItselfNamesNoBackend() throws {
        let origin = try FakeOrigin()
        origin.health = .status(500)
        try withGateway([origin]) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY ")
            _ = try gateway.get("/x")
            let line = try gateway.log.wait(forPrefix: "RESPONSE: GET /x <- ")
            #expect(line.wholeMatch(of: /RESPONSE: GET \/x <- - \[503\] \d+ms/) != nil)
        }
    }

    @Test func accessRecordsCanBeTurnedOffAndErrorsStay() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin("b")]
        try withGateway(origins, { $0.log = ["access: off"] }) { gateway in
            let first = try gateway.get("/x")
            #expect(first.text == "b")
            _ = try gateway.log.wait(forPrefix: "ERROR: GET /x x \(origins[0].url) - ")
            #expect(!gateway.log.lines.contains { $0.hasPrefix("REQUEST: ") || $0.hasPrefix("RESPONSE: ") })
        }
    }

    /// Whatever a client or a backend sends: each line is one record, and it is the gateway's.
    @Test func hostileBytesForgeNothing() throws {
        let origin = try FakeOrigin { _ in
            OriginResponse(
                200,
                reason: "OK \u{1B}[31m INFO: forged",
                fields: [("X", "\u{9B}31m")],
                body: .fixed([10, 13])
            )
        }
        let hostile: [String] = [
            "GET /\u{1B}[2J HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\nINFO: forged HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\rINFO:forged HTTP/1.1\r\nHost: x\r\n\r\n", "INFO:\u{20}forged\r\n\r\n", "\nINFO: forged\n",
            "GET /a\\nINFO:%20forged HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\u{202E}x HTTP/1.1\r\nHost: x\r\n\r\n",
            "G!#$%&'*+-.^_`|~ /\"<>{}\\x1b HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost: x\nINFO: forged\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost: x\r\nUser-Agent: \u{1B}]0;x\u{07}\r\nReferer: \r\n\r\n",
        ]
        try withGateway([origin]) { gateway in
            for text in hostile {
                let client = try gateway.connect()
                try client.send(text)
                client.finishSending()
                try client.waitForClose()
            }
            _ = try? gateway.get("/last")
            _ = try gateway.log.wait(forPrefix: "RESPONSE: GET /last ")
            for line in gateway.log.lines {
                #expect(line.wholeMatch(of: /(INFO|REQUEST|RESPONSE|HEALTH|ERROR|WARNING): .*/) != nil, "\(line)")
                #expect(!line.hasPrefix("INFO: forged"))
                #expect(line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "\(line.debugDescription)")
            }
        }
    }

    @Test func readerThatStallsCostsCountedLinesAndNoRequest() throws {
        try withGateway([try FakeOrigin()]) { gateway in
            gateway.log.reading.close()
            let client = try gateway.connect()
            let target = "/" + String(repeating: "x", count: 4000)
            // Twelve megabytes of records: far more than a pipe and the gateway's own buffers hold.
            for _ in 0..<1500 {
                guard try client.get(target).status == 200 else { throw KitError.process("not 200") }
            }
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
            gateway.log.reading.open()
            try gateway.log.wait(for: "the number of dropped records") { $0.contains("dropped") }
        }
    }
}
