// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// How tunnels end, and that either side learns of it.
@Suite(.threads(.few)) struct TunnelEndTests {
    @Test(arguments: [false, true]) func clientThatFinishesSendingStillReceives(unixSocket: Bool) throws {
        let folder = try TemporaryFolder()
        let origin = try FakeOrigin(socketPath: unixSocket ? folder.file("socket") : nil) { connection in
            guard let request = try connection.nextRequest() else { return }
            _ = request
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: sum\r\n\r\n")
            var count = 0
            // Answers only when the client has said all.
            while true {
                let bytes = try connection.receive()
                if bytes.isEmpty { break }
                count += bytes.count
            }
            try connection.send("\(count)")
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade(to: "sum").status == 101)
            try client.sendPattern(1_000_000)
            client.finishSending()
            #expect(String(decoding: try client.waitForClose(), as: UTF8.self) == "1000000")
        }
    }

    /// The backend reads nothing before the client has finished: what libcurl still holds must not be lost with it.
    @Test func nothingIsLostWhenTheClientFinishesAheadOfTheBackend() throws {
        let gate = Gate()
        let total = Monitor(0)
        let origin = try UpgradingOrigin.serving { connection in
            try gate.wait(until: .after(seconds: 60))
            while true {
                let bytes = try connection.receive()
                if bytes.isEmpty { return }
                total.change { $0 += bytes.count }
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            let taken = try client.sendUntilStuck(limit: 256 << 20)
            client.finishSending()
            gate.open()
            #expect(try client.waitForClose(until: .after(seconds: 60)).isEmpty)
            #expect(total.read { $0 } == taken)
        }
    }

    @Test func clientThatReadsLateGetsAllThatTheBackendSentBeforeItLeft() throws {
        let length = 512 << 10
        let origin = try UpgradingOrigin.serving { connection in
            try connection.socket.send(BodyPattern.bytes(length), until: .after(seconds: 60))
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect(receiveBuffer: 4096)
            #expect(try client.upgrade().status == 101)
            try origin.waitForEnd(ofConnection: try #require(origin.requests.first).connection)
            client.growReceiveBuffer()
            #expect(try client.readPart(length).followsPattern)
            #expect(try client.waitForClose().isEmpty)
            _ = try gateway.log.wait(forPrefix: "RESPONSE: GET / <- \(origin.url) [101]")
        }
    }

    @Test func idleBackendThatLeavesEndsTheTunnel() throws {
        let gate = Gate()
        let origin = try UpgradingOrigin.serving(glued: "hello") { _ in try gate.wait() }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            #expect(try client.readPart(5).text == "hello")
            gate.open()
            #expect(try client.waitForClose().isEmpty)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("ERROR: ") })
        }
    }

    @Test func backendThatResetsIsSeenToHaveReset() throws {
        let origin = try UpgradingOrigin.serving(glued: "hello") { connection in
            _ = try connection.receive()
            connection.socket.reset()
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            #expect(try client.readPart(5).text == "hello")
            try client.send("now")
            #expect(throws: KitError.reset) { _ = try client.receive() }
            _ = try gateway.log.wait(forPrefix: "ERROR: GET / x \(origin.url) - the backend broke the tunnel")
            // How an application ends a tunnel is no sign of ill health.
            #expect(try gateway.get("/after").text == "/after")
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func clientThatResetsFreesTheBackend() throws {
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade(early: "x").status == 101)
            #expect(try client.readPart(1).text == "x")
            client.reset()
            try origin.waitForEnd(ofConnection: try #require(origin.requests.first).connection)
            _ = try gateway.log.wait(forPrefix: "RESPONSE: GET / <- \(origin.url) [101]")
        }
    }

    @Test func silentTunnelIsClosedAfterItsOwnTimeout() throws {
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin], { $0.timeouts = ["tunnel: 1500ms", "idle: 60s"] }) { gateway in
            let client = try gateway.connect()
            // From before the silence begins: the client may see what comes ahead of it late.
            let watch = Stopwatch()
            #expect(try client.upgrade(early: "x").status == 101)
            #expect(try client.readPart(1).text == "x")
            #expect(try client.waitForClose().isEmpty)
            #expect(watch.seconds >= 1.45)
            try gateway.log.wait(
                forLine: "ERROR: GET / x \(origin.url) - the tunnel was silent for 1500ms"
            )
            try origin.waitForEnd(ofConnection: try #require(origin.requests.first).connection)
        }
    }

    /// Neither the limit for a whole exchange nor that for silence within a response applies to a tunnel.
    @Test func otherTimeoutsDoNotEndATunnel() throws {
        let gate = Gate()
        let origin = try UpgradingOrigin.serving { connection in
            try gate.wait()
            try connection.send("still here")
        }
        // Long enough for the backend to switch.
        let limit = Deadline.setting(milliseconds: 1500)
        let timeouts = ["first_byte: \(limit)", "idle: 200ms", "total: \(limit)"]
        try withGateway([origin], { $0.timeouts = timeouts }) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            #expect(client.staysSilent(for: 2))
            gate.open()
            #expect(try client.readPart(10).text == "still here")
        }
    }

    @Test func backendThatDoesNotAnswerAnUpgradeIs504() throws {
        let origin = try StubbornOrigin.neverAnswering()
        try withGateway([origin], { $0.timeouts = ["first_byte: 200ms"] }) { gateway in
            let answer = try gateway.connect().upgrade()
            #expect(answer.status == 504)
        }
    }

    /// A client that has finished sending is not served for ever: half a connection has no more use than an idle one.
    @Test func backendThatStaysWhenTheClientHasLeftIsLetGoOf() throws {
        let gate = Gate()
        let origin = try UpgradingOrigin.serving { connection in
            _ = try connection.receive()
            try gate.wait(until: .after(seconds: 60))
        }
        try withGateway([origin], { $0.timeouts = ["idle: 300ms"] }) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            client.finishSending()
            #expect(try client.waitForClose().isEmpty)
            gate.open()
        }
    }

    @Test func drainLetsTunnelsRunUntilItsTimeout() throws {
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin], { $0.drainTimeout = "2s" }) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            let watch = Stopwatch()
            gateway.process.send(SIGTERM)
            try client.send("still here")
            #expect(try client.readPart(10).text == "still here")
            #expect(try client.waitForClose().isEmpty)
            #expect(watch.seconds >= 1.9)
            #expect(try gateway.process.waitForExit(until: .after(seconds: 5)) == .status(0))
            _ = try gateway.log.wait(forPrefix: "RESPONSE: GET / <- \(origin.url) [101]")
        }
    }

    @Test func drainEndsAsSoonAsTheLastTunnelDoes() throws {
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin], { $0.drainTimeout = "60s" }) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            gateway.process.send(SIGTERM)
            client.finishSending()
            #expect(try client.waitForClose().isEmpty)
            client.close()
            #expect(try gateway.process.waitForExit(until: .after(seconds: 5)) == .status(0))
        }
    }

    /// Tunnels that end in every way at once leave nothing behind.
    @Test func endingsOfAllKindsGiveEverythingBack() throws {
        let origin = try UpgradingOrigin.serving { connection in
            while true {
                let bytes = try connection.receive()
                if bytes.isEmpty { return }
                switch bytes[0] {
                case UInt8(ascii: "f"): return
                case UInt8(ascii: "r"): return connection.socket.reset()
                default: try connection.socket.send(bytes, until: .never)
                }
            }
        }
        try withGateway([origin], { $0.workers = 2 }) { gateway in
            func round() throws {
                try concurrently(24) { number in
                    let client = try gateway.connect()
                    guard try client.upgrade().status == 101 else { throw KitError.process("not 101") }
                    try client.sendPattern(100_000 * (number % 3))
                    switch number % 6 {
                    case 0: client.close()
                    case 1: client.reset()
                    case 2:
                        client.finishSending()
                        _ = try client.waitForClose()
                    case 3: try client.send("f")
                    case 4: try client.send("r")
                    default: _ = try client.readPart(100_000 * (number % 3))
                    }
                }
                #expect(try gateway.get("/after").text == "/after")
            }
            try round()
            let before = try gateway.usage.descriptors
            for _ in 0..<5 { try round() }
            #expect(try gateway.usage.descriptors <= before + 24)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
    }

    @Test func recordsSayWhatWentThrough() throws {
        let origin = try UpgradingOrigin.echoing(glued: "12345")
        try withGateway([origin], { $0.logFormat = "json" }) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade("/chat").status == 101)
            try client.send("abc")
            #expect(try client.readPart(8).text == "12345abc")
            // The first record is there while the tunnel runs, the second when it has ended.
            let request = try gateway.log.waitForRecords("REQUEST")[0]
            #expect(request["path"]?.string == "/chat")
            #expect(!gateway.log.records.contains { $0["category"]?.string == "RESPONSE" })
            client.finishSending()
            #expect(try client.waitForClose().isEmpty)
            let response = try gateway.log.waitForRecords("RESPONSE")[0]
            #expect(response["status"]?.number == 101)
            #expect(response["bytes_in"]?.number == 3)
            #expect(response["bytes_out"]?.number == 8)
            #expect(response["request_id"]?.string == request["request_id"]?.string)
            #expect((response["duration_ms"]?.number ?? 0) > 0)
            #expect((response["upstream"]?["total_ms"]?.number ?? 0) > 0)
        }
    }
}
