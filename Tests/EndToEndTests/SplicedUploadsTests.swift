// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Foundation
import Testing

/// Long request bodies that the kernel moves from one socket to the other. Each has bytes of its own, which come back with
/// the answer, so that those of another request, or of another place, are seen.
@Suite(.threads(.few)) struct SplicedUploadsTests {
    /// A body that `number` stands for.
    private func body(_ number: Int, _ length: Int) -> [UInt8] { BodyPattern.bytes(length, from: 1 + number * 7919) }

    /// Sends back what it was sent.
    private func mirror() throws -> FakeOrigin {
        try FakeOrigin { OriginResponse(body: .fixed($0.body.bytes)) }
    }

    private func head(_ length: Int, _ method: String = "POST") -> String {
        request(method, "/\(length)", fields: ["Content-Length: \(length)"])
    }

    /// Sends `bytes` in pieces of any size, with pauses between some.
    private func trickle(_ bytes: [UInt8], to client: RawClient) throws {
        var sent = 0
        while sent < bytes.count {
            let count = Int.random(in: 1...min(90_000, bytes.count - sent))
            try client.send(Array(bytes[sent..<sent + count]))
            sent += count
            if count % 7 == 0 { usleep(300) }
        }
    }

    @Test func clientsOfEverySpeedSendTheirOwnBytes() throws {
        let origins = try [mirror(), mirror()]
        try withGateway(origins, { $0.logFormat = "json" }) { gateway in
            try concurrently(12) { number in
                let client = try gateway.connect()
                for (round, length) in [65_536, 100_000, 131_073, 400_000, 1_000_003, 20].enumerated() {
                    let bytes = body(number * 10 + round, length)
                    try client.send(head(length, number % 2 == 0 ? "POST" : "PUT"))
                    if number % 3 == 0 { try trickle(bytes, to: client) } else { try client.send(bytes) }
                    let response = try client.response(until: .after(seconds: 60))
                    #expect(response.status == 200)
                    #expect(response.body.bytes == bytes)
                }
            }
            for record in try gateway.log.waitForRecords("RESPONSE", count: 72) {
                #expect(record["bytes_in"] == record["bytes_out"])
            }
        }
    }

    @Test func requestsBehindALongBodyAreRequests() throws {
        let origin = try mirror()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let bytes = body(1, 700_000)
            try client.send(Array(head(700_000).utf8) + bytes + Array((head(5) + "hello" + head(7) + "goodbye").utf8))
            #expect(try client.response().body.bytes == bytes)
            #expect(try client.response().text == "hello")
            #expect(try client.response().text == "goodbye")
        }
    }

    @Test func aBackendThatTakesNothingMakesTheClientWait() throws {
        let gate = Gate()
        let length = 64 << 20
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard var request = try connection.nextHead() else { return }
            try gate.wait()
            try connection.readBody(of: &request)
            try connection.send(.text(request.body.followsPattern ? "whole" : "broken"), to: request)
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(head(length))
            let sent = try client.sendUntilStuck(limit: length)
            #expect(sent < length)
            gate.open()
            try client.sendPattern(length - sent, from: sent, until: .after(seconds: 60))
            #expect(try client.response(until: .after(seconds: 60)).text == "whole")
        }
    }

    /// What was on its way from them must not reach anybody else.
    @Test func clientsThatLeaveInTheMiddleLeaveNothingBehind() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while var request = try connection.nextHead() {
                // Some take nothing of what will never be whole.
                if request.target == "/8000000" { usleep(2000) }
                try connection.readBody(of: &request)
                try connection.send(OriginResponse(body: .fixed(request.body.bytes)), to: request)
            }
        }
        try withGateway([origin]) { gateway in
            for number in 0..<40 {
                let client = try gateway.connect()
                try client.send(head(8_000_000))
                try client.send(body(number, 70_000 + number * 9973))
                if number % 2 == 0 { client.reset() } else { client.close() }
                let bytes = body(number + 100, 500_000)
                let next = try gateway.connect()
                try next.send(head(500_000))
                try next.send(bytes)
                #expect(try next.response().body.bytes == bytes)
            }
            // None of them was taken for whole.
            #expect(!origin.requests.contains { $0.target == "/8000000" && $0.isComplete })
        }
    }

    @Test func anAnswerInTheMiddleReachesTheClientAndNothingIsLeftBehind() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while var request = try connection.nextHead() {
                if request.target == "/8000000" {
                    try connection.readPart(300_000, of: &request)
                    return try connection.send(.text("too much", status: 413), to: request)
                }
                try connection.readBody(of: &request)
                try connection.send(OriginResponse(body: .fixed(request.body.bytes)), to: request)
            }
        }
        try withGateway([origin]) { gateway in
            for number in 0..<10 {
                let client = try gateway.connect()
                try client.send(head(8_000_000))
                // The rest is read and thrown away.
                try client.send(body(number, 8_000_000))
                #expect(try client.response().status == 413)
                let bytes = body(number + 100, 300_000)
                let next = try gateway.connect()
                try next.send(head(300_000))
                try next.send(bytes)
                #expect(try next.response().body.bytes == bytes)
            }
        }
    }

    /// As long as no more was taken than is kept for another attempt, there is one.
    @Test func anotherBackendGetsAllOfWhatTheFirstHasNotTaken() throws {
        let (first, second) = (try mirror(), try mirror())
        try withGateway([first, second]) { gateway in
            first.refuse()
            for number in 0..<4 {
                let bytes = body(number, 1_000_000)
                let client = try gateway.connect()
                try client.send(head(bytes.count, "PUT"))
                try client.send(bytes)
                #expect(try client.response().body.bytes == bytes)
            }
            #expect(second.requests.count == 4)
        }
    }

    @Test func aBackendThatDiesInTheMiddleIsA502() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard var request = try connection.nextHead() else { return }
            try connection.readPart(500_000, of: &request)
        }
        let other = try mirror()
        try withGateway([origin, other], { $0.healthInterval = "50ms" }) { gateway in
            var broken = 0
            for number in 0..<20 where broken < 3 {
                let bytes = body(number, 4_000_000)
                let client = try gateway.connect()
                try client.send(head(bytes.count, "PUT"))
                // The gateway may close before it has read all of it.
                try? client.send(bytes)
                let response = try client.response()
                if response.status == 502 { broken += 1 } else { #expect(response.body.bytes == bytes) }
                // Back in rotation.
                usleep(100_000)
            }
            #expect(broken == 3)
            // What had gone to one was not sent to the other.
            #expect(other.requests.allSatisfy { $0.isComplete })
        }
    }

    @Test func pipesAreUsedAgainAndFewAreOpen() throws {
        let origin = try mirror()
        try withGateway([origin]) { gateway in
            let before = try gateway.openPipes
            for number in 0..<30 {
                let bytes = body(number, 300_000)
                let client = try gateway.connect()
                try client.send(head(bytes.count))
                try client.send(bytes)
                #expect(try client.response().body.bytes == bytes)
            }
            // One for what it was sent, one for what it has sent.
            let usage = try gateway.usage
            #expect(try usage.isSanitized || gateway.openPipes == before + 4)
        }
    }
}
