// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What goes through a connection whose two ends have switched protocols.
@Suite(.threads(.few)) struct TunnelTests {
    @Test func carriesBytesBothWays() throws {
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let answer = try client.upgrade()
            #expect(answer.status == 101)
            #expect(answer.fields[all: "Upgrade"] == ["echo/1"])
            #expect(answer.fields[all: "Connection"] == ["Upgrade"])
            #expect(answer.fields[all: "X-Kept"] == ["1"])
            for text in ["one", "GET / HTTP/1.1\r\n\r\n", "\r\n", "0\r\n\r\n", "\u{0}\u{1}"] {
                try client.send(text)
                #expect(try client.readPart(text.utf8.count).text == text)
            }
        }
    }

    @Test func deliversWhatEitherSideSendsAheadOfTime() throws {
        let origin = try UpgradingOrigin.echoing(glued: "glued to the 101,")
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade(early: "early,").status == 101)
            try client.send("late")
            let expected = "glued to the 101,early,late"
            #expect(try client.readPart(expected.utf8.count).text == expected)
        }
    }

    /// More than fits into the gateway's buffers has come before the backend makes up its mind.
    @Test func deliversMuchThatIsSentEarly() throws {
        let gate = Gate()
        let length = 1 << 20
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextRequest() != nil else { return }
            try gate.wait()
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
            try connection.echo()
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request(fields: ["Connection: Upgrade", "Upgrade: echo"]))
            let sending = BackgroundThread { [socket = client.socket] in
                try? socket.send(BodyPattern.bytes(length), until: .after(seconds: 60))
            }
            try origin.waitForRequest()
            gate.open()
            #expect(try client.head().status == 101)
            let back = try client.readPart(length)
            #expect(back.followsPattern)
            try sending.join()
        }
    }

    @Test func carriesMuchBothWaysAtOnce() throws {
        let length = 64 << 20
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            let sending = BackgroundThread { [socket = client.socket] in
                for offset in stride(from: 0, to: length, by: 1 << 20) {
                    try? socket.send(BodyPattern.bytes(1 << 20, from: offset), until: .after(seconds: 120))
                }
            }
            let back = try client.readPart(length, until: .after(seconds: 120))
            #expect(back.followsPattern)
            try sending.join()
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
        }
    }

    /// A client that sends and does not read stops the backend, which then stops the client.
    @Test func slowReaderStopsTheOtherSide() throws {
        let limit = 256 << 20
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect(receiveBuffer: 4096)
            #expect(try client.upgrade().status == 101)
            let taken = try client.sendUntilStuck(limit: limit)
            // Two loopback connections, each way.
            #expect(taken < 64 << 20)
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
            #expect(try gateway.get("/other").text == "/other")
            client.growReceiveBuffer()
            client.finishSending()
            let back = try client.readPart(taken, until: .after(seconds: 60))
            #expect(back.followsPattern)
            #expect(try client.waitForClose().isEmpty)
        }
    }

    @Test func severalHundredAtOnce() throws {
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin], { $0.workers = 2 }) { gateway in
            let clients = try (0..<300).map { _ in try gateway.connect() }
            for client in clients { #expect(try client.upgrade().status == 101) }
            for round in 0..<3 {
                for (number, client) in clients.enumerated() { try client.send("\(round):\(number);") }
                for (number, client) in clients.enumerated() {
                    let expected = "\(round):\(number);"
                    #expect(try client.readPart(expected.utf8.count).text == expected)
                }
            }
            for client in clients { client.finishSending() }
            for client in clients { #expect(try client.waitForClose().isEmpty) }
            #expect(try gateway.get("/after").text == "/after")
        }
    }

    /// The options of a tunnel must not reach a request that comes after it, nor its connection.
    @Test func leavesNothingBehindForOtherRequests() throws {
        let origin = try UpgradingOrigin.echoing()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/first").text == "/first")
            for _ in 0..<3 {
                let tunnel = try gateway.connect()
                #expect(try tunnel.upgrade().status == 101)
                tunnel.finishSending()
                #expect(try tunnel.waitForClose().isEmpty)
                #expect(try client.get("/next").text == "/next")
                #expect(try client.exchange(request("POST", "/post", body: "x")).text == "/post")
            }
            // All ordinary requests went over one connection, each tunnel over its own.
            #expect(origin.connections.count == 4)
            #expect(origin.connections.map(\.requests).sorted() == [1, 1, 1, 7])
        }
    }
}
