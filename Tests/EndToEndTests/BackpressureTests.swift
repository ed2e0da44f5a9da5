// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Whoever reads slowly must slow the other side down, and not fill the gateway's memory.
@Suite(.threads(.few)) struct BackpressureTests {
    /// What the kernel's buffers of two loopback connections and the gateway's own may hold together. Loopback grows a
    /// socket's buffers up to 4 MiB (sending) and 6 MiB (receiving).
    private static let buffers = 32 << 20
    private static let length = 256 << 20

    /// Sends a body of `length` and notes how much of it the gateway has taken.
    private func producer(_ progress: Monitor<Int>) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                guard request.target == "/large" else {
                    try connection.send(.text("small"), to: request)
                    continue
                }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(Self.length)\r\n\r\n")
                for sent in stride(from: 0, to: Self.length, by: 65536) {
                    try connection.socket.send(BodyPattern.bytes(65536, from: sent), until: .after(seconds: 60))
                    progress.change { $0 = sent + 65536 }
                }
            }
        }
    }

    @Test func clientThatDoesNotReadStopsTheBackend() throws {
        let progress = Monitor(0)
        let origin = try producer(progress)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect(receiveBuffer: 4096)
            try client.send(request("GET", "/large"))
            var response = try client.head()
            let taken = try progress.waitUntilStable(for: 0.3)
            #expect(taken < Self.buffers)
            // Others on the same worker are served meanwhile, from the same backend.
            #expect(try gateway.get().text == "small")
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
            // And when it reads on, everything is there.
            client.growReceiveBuffer()
            try client.readBody(of: &response, until: .after(seconds: 60))
            #expect(response.body.count == Self.length)
            #expect(response.body.followsPattern)
            #expect(response.isComplete)
        }
    }

    @Test(arguments: [false, true]) func backendThatDoesNotReadStopsTheClient(chunked: Bool) throws {
        let gate = Gate()
        let origin = try StubbornOrigin.reading(when: gate)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            // In the chunked case one chunk holds it all, so that the client can be stopped at any byte.
            let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.length)"
            try client.send(request("POST", fields: [framing]))
            if chunked { try client.send(String(Self.length, radix: 16) + "\r\n") }
            let taken = try client.sendUntilStuck(limit: Self.length)
            #expect(taken < Self.buffers)
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
            gate.open()
            try client.sendPattern(Self.length - taken, from: taken, until: .after(seconds: 60))
            if chunked { try client.send("\r\n0\r\n\r\n") }
            #expect(try client.response(to: "POST", until: .after(seconds: 60)).text == "\(Self.length)")
            #expect(origin.requests.first?.body.followsPattern == true)
        }
    }

    @Test func trickledResponseArrivesAsItComes() throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
                try gate.wait()
                try connection.send("6\r\nsecond\r\n0\r\n\r\n")
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            var response = try client.head()
            // The first part is there although the second has not been sent: nothing waits for a buffer to fill.
            var text = ""
            while !text.contains("first") {
                text += try client.readPart(1).text
            }
            #expect(response.status == 200)
            gate.open()
            // The reader stands inside the first chunk's end, so the rest is taken as it is.
            response.body.framing = .none
            var rest = ""
            while !rest.contains("second") {
                rest += try client.readPart(1).text
            }
        }
    }

    @Test func trickledRequestBodyArrivesAsItComes() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: 11"]) + "first")
            // The head is forwarded although the body is not there: a backend may want to answer early.
            try origin.waitForHead()
            try client.send("second")
            #expect(try client.response(to: "POST").text == "firstsecond")
        }
    }
}
