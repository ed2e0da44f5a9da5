// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What clients and backends can make the gateway hold.
@Suite(.serialized, .threads(.measuring)) struct ResourcesTests {
    /// An idle connection holds no buffer: 1 KiB is all that it may cost, everything counted that the process has grown by.
    @Test func idleConnectionIsCheap() throws {
        // Each is a file here, and for a moment two in the gateway, which raises its own limit.
        let count = min(5000, (FileLimit.raise() - 1000) / 2)
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.log = ["access: off"] }) { gateway in
            var clients: [StreamSocket] = []
            func open(_ count: Int) throws {
                for _ in 0..<count {
                    let client = try gateway.connect()
                    guard try client.get().status == 200 else { throw KitError.process("not 200") }
                    clients.append(client.socket)
                }
            }
            try open(50)
            let before = try gateway.usage
            try open(count)
            let after = try gateway.usage
            let each = (after.resident - before.resident) / count
            #expect(after.isSanitized || each <= 1024, "\(each) bytes each")
            #expect(after.descriptors >= count)
        }
    }

    /// What a moment of many requests at once has needed is not kept for ever.
    @Test func memoryOfABurstIsGivenBack() throws {
        let gate = Gate()
        let origin = try FakeOrigin { _ in .text("late", gate: gate) }
        try withGateway([origin], { $0.log = ["access: off"] }) { gateway in
            let clients = try (0..<300).map { _ in try gateway.connect() }
            let before = try gateway.usage
            for client in clients { try client.send(request("GET", "/late")) }
            try origin.waitForRequest(300)
            let during = try gateway.usage
            gate.open()
            for client in clients { #expect(try client.response().status == 200) }
            guard !before.isSanitized else { return }
            #expect(during.resident > before.resident + 300 * 8192)
            let deadline = Deadline.usual
            let never = Gate()
            while try gateway.usage.resident > before.resident + (during.resident - before.resident) / 2 {
                guard !deadline.hasPassed else { throw KitError.deadline(waitingFor: "memory to be given back") }
                try? never.wait(until: .after(seconds: 0.1))
            }
        }
    }

    @Test func descriptorsAreGivenBack() throws {
        let origins = [try FakeOrigin(), try StubbornOrigin.closing(), try StubbornOrigin.resetting()]
        try withGateway(origins, { $0.healthInterval = "20ms" }) { gateway in
            func load() throws {
                for number in 0..<60 {
                    let client = try gateway.connect()
                    switch number % 4 {
                    case 0: _ = try client.get()
                    case 1: _ = try client.exchange(request("POST", body: "x"))
                    case 2: try client.send("GET / HT")
                    default: try client.send(request())
                    }
                    if number % 2 == 0 { client.close() } else { client.reset() }
                }
                // Served after everything above, so what those left behind is there to be counted or gone.
                _ = try gateway.get()
            }
            try load()
            let before = try gateway.usage.descriptors
            for _ in 0..<4 {
                try load()
            }
            #expect(try gateway.usage.descriptors <= before + 20)
        }
    }

    @Test(arguments: [
        ("GET /", "a", 414),
        ("GET / HTTP/1.1\r\nX: ", "a", 431),
        ("GET / HTTP/1.1\r\n", "X: y\r\n", 431),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", 431),
    ])
    func endlessInputIsRefusedInBoundedMemory(beginning: String, rest: String, status: Int) throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(beginning)
            let piece = Array(String(repeating: rest, count: 65536 / rest.utf8.count).utf8)
            let sending = BackgroundThread { [socket = client.socket] in
                do { while true { try socket.send(piece) } } catch {}
            }
            let response = try client.response()
            #expect(response.status == status)
            client.socket.shutDown()
            try sending.join()
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
            #expect(try gateway.get().status == 200)
        }
    }

    @Test func clientThatGoesOnSendingAfterItsLastAnswerIsCutOff() throws {
        try withGateway([try FakeOrigin()], { $0.limits = ["body_timeout: 1s"] }) { gateway in
            let client = try gateway.connect()
            try client.send("bad\r\n\r\n")
            let sending = BackgroundThread { [socket = client.socket] in
                // The gateway goes on reading for a while, so that the client can read its answer, but not for ever.
                do { while true { try socket.send(BodyPattern.bytes(1000)) } } catch {}
            }
            #expect(try client.response().status == 400)
            try sending.join()
        }
    }

    @Test func endlessInterimResponsesAreBounded() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                guard request.target == "/endless" else {
                    try connection.send(.text("fine"), to: request)
                    continue
                }
                let hints = String(
                    repeating: "HTTP/1.1 103 Early Hints\r\nLink: </\(request.target)>\r\n\r\n",
                    count: 100
                )
                while true { try connection.send(hints) }
            }
        }
        try withGateway([origin], { $0.timeouts = ["first_byte: 500ms"] }) { gateway in
            let client = try gateway.connect(receiveBuffer: 4096)
            try client.send(request("GET", "/endless"))
            // Without reading: interim responses are subject to back-pressure, to a limit or to the time limit.
            let seen = try origin.waitForRequest()
            try origin.waitForEnd(ofConnection: seen.connection)
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
        }
    }

    @Test func endlessResponseHeadIsRefusedInBoundedMemory() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\n")
                while true { try connection.send(String(repeating: "X: y\r\n", count: 1000)) }
            }
        }
        try withGateway([origin]) { gateway in
            let response = try gateway.get()
            #expect(response.status == 502)
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
        }
    }
}
