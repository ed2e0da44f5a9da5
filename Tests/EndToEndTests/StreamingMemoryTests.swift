// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What the gateway itself holds of bodies that move slowly or not at all: no more than the page Memory says.
@Suite(.serialized, .threads(.measuring)) struct StreamingMemoryTests {
    /// Bytes for each stream, whatever is promised in it.
    private static let each = 256 << 10
    /// What an allocator may round up, and what a test's few requests leave behind.
    private static let slack = 4 << 20
    private static let length = 10 << 30
    /// Hundreds of transfers that start in one turn keep the loop from finding its connections made in time, and under a
    /// sanitizer the origin takes a minute for fifty of the largest heads.
    private static let patient: @Sendable (inout GatewaySettings) -> Void = {
        $0.timeouts = ["connect: 20s", "first_byte: 300s"]
        $0.limits = ["body_timeout: 300s"]
    }

    /// Sends 10 GB for `/large` and reads and drops as much of any body as `permits` says, in bytes.
    private func origin(_ permits: Monitor<Int>, _ progress: Monitor<Int>) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while var request = try connection.nextHead() {
                if request.target == "/large" {
                    try connection.send(OriginResponse(body: .pattern(Self.length)), to: request)
                } else if case .length(let count) = request.body.framing {
                    var taken = 0
                    while taken < count {
                        let more = taken + (256 << 10)
                        try permits.wait(for: "leave to read on", until: .never, holds: { $0 >= more })
                        try connection.readPart(256 << 10, of: &request)
                        taken = more
                        progress.change { $0 = more }
                    }
                } else if request.body.framing == .chunked {
                    try connection.waitForPeerToReset()
                    return
                } else {
                    try connection.send(.text("small"), to: request)
                }
            }
        }
    }

    private func check(
        _ gateway: GatewayProcess,
        against before: ProcessUsage,
        streams: Int,
        each: Int = StreamingMemoryTests.each
    ) throws {
        let usage = try gateway.usage
        let grown = usage.peakResident - before.resident
        #expect(usage.isSanitized || grown <= streams * each + Self.slack, "\(grown) bytes for \(streams) streams")
    }

    @Test func aSlowReaderOfALongResponseCostsLittle() throws {
        let origin = try origin(Monitor(0), Monitor(0))
        try withGateway([origin]) { gateway in
            _ = try gateway.get()
            let before = try gateway.usage
            let client = try gateway.connect(receiveBuffer: 64 << 10)
            try client.send(request("GET", "/large"))
            let response = try client.head()
            #expect(response.status == 200)
            // Each piece waits for an answer to somebody else, who must not have to wait.
            for number in 0..<4000 {
                _ = try client.readPart(128 << 10)
                if number % 8 == 0 { #expect(try gateway.get().text == "small") }
            }
            try check(gateway, against: before, streams: 1)
        }
    }

    @Test func aSlowWriterOfALongRequestCostsLittle() throws {
        let permits = Monitor(0)
        let progress = Monitor(0)
        let origin = try origin(permits, progress)
        try withGateway([origin]) { gateway in
            _ = try gateway.get()
            let before = try gateway.usage
            let client = try gateway.connect()
            try client.send(request("PUT", "/upload", fields: ["Content-Length: \(Self.length)"]))
            let sending = BackgroundThread { [socket = client.socket] in
                let piece = BodyPattern.bytes(1 << 20)
                do { while true { try socket.send(piece, until: .never) } } catch {}
            }
            for number in 1...1500 {
                let more = number * (256 << 10)
                permits.change { $0 = more }
                try progress.wait(for: "the upload to go on", holds: { $0 >= more })
                if number % 8 == 0 { #expect(try gateway.get().text == "small") }
            }
            try check(gateway, against: before, streams: 1)
            client.socket.shutDown()
            permits.change { $0 = .max }
            try sending.join()
        }
    }

    @Test func manyReadersThatDoNotReadCostNoMoreEach() throws {
        let origin = try origin(Monitor(0), Monitor(0))
        try withGateway([origin], Self.patient) { gateway in
            _ = try gateway.get()
            let before = try gateway.usage
            let clients = try (0..<200).map { _ in
                let client = try gateway.connect(receiveBuffer: 4096)
                try client.send(request("GET", "/large"))
                return client
            }
            for client in clients { #expect(try client.head().status == 200) }
            #expect(try gateway.get().text == "small")
            try check(gateway, against: before, streams: 200)
        }
    }

    @Test(arguments: [false, true]) func manyWritersToABackendThatDoesNotReadCostNoMoreEach(chunked: Bool) throws {
        let origin = try origin(Monitor(0), Monitor(0))
        try withGateway([origin], Self.patient) { gateway in
            _ = try gateway.get()
            let before = try gateway.usage
            var clients: [RawClient] = []
            for _ in 0..<200 {
                let client = try gateway.connect(sendBuffer: 64 << 10)
                let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.length)"
                try client.send(request("PUT", "/upload", fields: [framing]))
                if chunked { try client.send("\(String(Self.length, radix: 16))\r\n") }
                clients.append(client)
            }
            for client in clients { _ = try client.sendUntilStuck(limit: 64 << 20, patience: 0.01) }
            #expect(try gateway.get().text == "small")
            try check(gateway, against: before, streams: 200)
        }
    }

    /// The largest heads that are allowed both ways, and trailers to wait for.
    @Test func theLargestHeadsCostWhatTheyMay() throws {
        let value = String(repeating: "v", count: 600)
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextHead() != nil else { return }
            let fields = (0..<90).map { "X-\($0): \(value)\r\n" }.joined()
            try connection.send("HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(Self.length)\r\n\r\n")
            do { while true { try connection.send(value) } } catch {}
        }
        try withGateway([origin], Self.patient) { gateway in
            let before = try gateway.usage
            let clients = try (0..<50).map { number in
                let client = try gateway.connect(receiveBuffer: 64 << 10)
                let fields = (0..<90).map { "X-\($0): \(value)" }
                try client.send(request("PUT", "/", fields: fields + ["Content-Length: \(Self.length)"]) + value)
                return client
            }
            for client in clients { #expect(try client.head().status == 200) }
            try check(gateway, against: before, streams: 50, each: 1 << 20)
        }
    }
}
