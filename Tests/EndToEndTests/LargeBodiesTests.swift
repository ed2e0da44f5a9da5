// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// A gigabyte each way, generated and compared on the fly. Memory must not notice.
@Suite(.serialized, .threads(.measuring)) struct LargeBodiesTests {
    private static let gigabyte = 1 << 30
    private static let allowance = 64 << 20
    /// For a gigabyte under a sanitizer on a busy machine; a few seconds is usual.
    private static var deadline: Deadline { .after(seconds: 120) }

    @Test(arguments: [false, true]) func downloadIsIntactInBoundedMemory(chunked: Bool) throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(Self.gigabyte, chunked: chunked)) }
        try withGateway([origin]) { gateway in
            let response = try gateway.connect().get("/", until: Self.deadline)
            #expect(response.isComplete)
            #expect(response.body.count == Self.gigabyte)
            #expect(response.body.followsPattern)
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < Self.allowance, "\(usage.peakResident >> 20) MiB")
        }
    }

    @Test(arguments: [false, true]) func uploadIsIntactInBoundedMemory(chunked: Bool) throws {
        let origin = try FakeOrigin { .text("\($0.body.count)") }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.gigabyte)"
            try client.send(request("PUT", fields: [framing]))
            if chunked {
                let piece = 1 << 20
                for offset in stride(from: 0, to: Self.gigabyte, by: piece) {
                    try client.send("\(String(piece, radix: 16))\r\n")
                    try client.sendPattern(piece, from: offset, until: Self.deadline)
                    try client.send("\r\n")
                }
                try client.send("0\r\n\r\n")
            } else {
                try client.sendPattern(Self.gigabyte, until: Self.deadline)
            }
            let response = try client.response(to: "PUT", until: Self.deadline)
            #expect(response.text == "\(Self.gigabyte)")
            #expect(origin.requests.first?.body.followsPattern == true)
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < Self.allowance, "\(usage.peakResident >> 20) MiB")
        }
    }

    @Test func bothWaysAtOnceFlow() throws {
        let length = 64 << 20
        // Answers with what it reads while it reads it, so neither side may wait for the other to end.
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while var request = try connection.nextHead() {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")
                let piece = 65536
                for offset in stride(from: 0, to: length, by: piece) {
                    try connection.readPart(piece, of: &request)
                    try connection.socket.send(BodyPattern.bytes(piece, from: offset))
                }
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: \(length)"]))
            let sending = BackgroundThread { [socket = client.socket] in
                for offset in stride(from: 0, to: length, by: 65536) {
                    try? socket.send(BodyPattern.bytes(65536, from: offset))
                }
            }
            let response = try client.response(to: "POST", until: Self.deadline)
            #expect(response.body.count == length)
            #expect(response.body.followsPattern)
            try sending.join()
        }
    }
}
