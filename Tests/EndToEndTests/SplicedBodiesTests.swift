// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Testing

/// Long responses that the kernel moves from one socket to the other. Each path has bytes of its own, so that those of
/// another response, or of another place, are seen.
@Suite struct SplicedBodiesTests {
    /// `/12/300000`: so many bytes, from a place of the pattern that 12 stands for.
    private struct Piece {
        let number: Int
        let length: Int

        init(_ number: Int, _ length: Int) {
            self.number = number
            self.length = length
        }

        init?(target: String) {
            let parts = target.split(separator: "/").compactMap { Int($0) }
            guard parts.count == 2 else { return nil }
            self.init(parts[0], parts[1])
        }

        var target: String { "/\(number)/\(length)" }
        var bytes: [UInt8] { BodyPattern.bytes(length, from: 1 + number * 7919) }
    }

    private func origin() throws -> FakeOrigin {
        try FakeOrigin { request in
            guard let piece = Piece(target: request.target) else { return .text("small") }
            return OriginResponse(body: .fixed(piece.bytes))
        }
    }

    @Test func longResponsesGoThroughAPipeAndOthersDoNot() throws {
        let origin = try origin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let before = try gateway.openPipes
            let short = Piece(1, 60_000)
            #expect(try client.get(short.target).body.bytes == short.bytes)
            #expect(try gateway.openPipes == before)
            let long = Piece(2, 600_000)
            let response = try client.get(long.target)
            #expect(response.body.bytes == long.bytes)
            let usage = try gateway.usage
            #expect(try usage.isSanitized || gateway.openPipes == before + 2)
            // And the pipe is used again.
            for number in 3..<20 {
                let piece = Piece(number, 70_000 * number)
                #expect(try client.get(piece.target).body.bytes == piece.bytes)
            }
            #expect(try gateway.openPipes <= before + 2)
        }
    }

    @Test func readersOfEverySpeedGetTheirOwnBytes() throws {
        let origins = try [origin(), origin()]
        try withGateway(origins) { gateway in
            try concurrently(12) { number in
                // Some with a window so small that each piece waits for the one before.
                let client = try gateway.connect(receiveBuffer: number % 3 == 0 ? 4096 : 0)
                var generator = SystemRandomNumberGenerator()
                for round in 0..<6 {
                    let length = [65_535, 65_536, 65_537, 131_072, 400_000, 1_000_003][(round + number) % 6]
                    let piece = Piece(number * 10 + round, length)
                    try client.send(request("GET", piece.target))
                    let head = try client.head()
                    #expect(head.status == 200)
                    var body: [UInt8] = []
                    while body.count < length {
                        let part = Int.random(in: 1...min(90_000, length - body.count), using: &generator)
                        body += try client.readPart(part, until: .after(seconds: 60)).bytes
                        if part % 11 == 0 { usleep(500) }
                    }
                    #expect(body == piece.bytes)
                    #expect(try client.get("/").text == "small")
                }
            }
        }
    }

    /// There are only so many pipes; who finds none gets a copy.
    @Test func moreLongResponsesThanPipesAreAllWhole() throws {
        let origin = try origin()
        try withGateway([origin]) { gateway in
            let pieces = (0..<90).map { Piece($0, 3_000_000) }
            // None reads before all have been answered.
            let clients = try pieces.map { piece in
                let client = try gateway.connect(receiveBuffer: 4096)
                try client.send(request("GET", piece.target))
                return client
            }
            try origin.waitForHead(90)
            for client in clients { client.growReceiveBuffer() }
            for (piece, client) in zip(pieces, clients) {
                #expect(try client.response(until: .after(seconds: 60)).body.bytes == piece.bytes)
            }
            #expect(try gateway.openPipes <= 2 * 64 + 4)
        }
    }

    @Test func pipelinedLongResponsesComeInTheirOrder() throws {
        let origin = try origin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let pieces = [Piece(1, 900_000), Piece(2, 10), Piece(3, 300_000), Piece(4, 70_000)]
            try client.send(pieces.map { request("GET", $0.target) }.joined())
            for piece in pieces { #expect(try client.response().body.bytes == piece.bytes) }
        }
    }

    /// What was on its way to them must not reach anybody else.
    @Test func clientsThatLeaveInTheMiddleLeaveNothingBehind() throws {
        let origin = try origin()
        try withGateway([origin]) { gateway in
            for number in 0..<40 {
                let client = try gateway.connect(receiveBuffer: 4096)
                try client.send(request("GET", Piece(number, 8_000_000).target))
                _ = try client.head()
                _ = try client.readPart(1 + number * 997)
                if number % 2 == 0 { client.reset() } else { client.close() }
                let piece = Piece(number + 100, 500_000)
                #expect(try gateway.get(piece.target).body.bytes == piece.bytes)
            }
        }
    }

    @Test func aBackendThatDiesInTheMiddleIsSeenAndLeavesNothingBehind() throws {
        let good = Piece(7, 300_000)
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                guard request.target == "/dies" else {
                    try connection.send(OriginResponse(body: .fixed(good.bytes)), to: request)
                    continue
                }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                try connection.socket.send(BodyPattern.bytes(400_000))
                return
            }
        }
        // Another takes what comes while it is out of rotation.
        let other = try FakeOrigin { _ in OriginResponse(body: .fixed(good.bytes)) }
        try withGateway([origin, other], { $0.healthInterval = "50ms" }) { gateway in
            var broken = 0
            let deadline = Deadline.usual
            while broken < 5 && !deadline.hasPassed {
                let response = try gateway.get("/dies")
                if !response.isComplete {
                    broken += 1
                    #expect(response.status == 200)
                    #expect(response.body.followsPattern)
                }
                #expect(try gateway.get("/good").body.bytes == good.bytes)
            }
            #expect(broken == 5)
        }
    }

    @Test func aTrickleOfALongResponseArrivesAsItComes() throws {
        let gates = (0..<4).map { _ in Gate() }
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n")
                for (index, gate) in gates.enumerated() {
                    try connection.socket.send(BodyPattern.bytes(125_000, from: index * 125_000))
                    try gate.wait()
                }
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            _ = try client.head()
            for (index, gate) in gates.enumerated() {
                // All that the backend has sent, though more is to follow.
                #expect(try client.readPart(125_000).bytes == BodyPattern.bytes(125_000, from: index * 125_000))
                gate.open()
            }
        }
    }
}

extension GatewayProcess {
    /// How many ends of pipes it has open; its log is one or two.
    var openPipes: Int {
        get throws {
            let folder = "/proc/\(pid)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"))?.hasPrefix("pipe:")
                    == true
            }
        }
    }
}
