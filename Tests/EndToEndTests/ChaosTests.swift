// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Many clients against backends that fail in turn. Whatever happens, nobody gets another's answer, nothing that may not
/// be repeated is delivered twice, nothing hangs, and the gateway outlives it.
@Suite(.serialized, .threads(.measuring)) struct ChaosTests {
    /// A generator with a seed, so that a failure can be repeated.
    private struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % sides
        }
    }

    /// Answers most requests with their own target, and misbehaves with the others, on new and on reused connections.
    private func moodyOrigin(seed: UInt64) throws -> FakeOrigin {
        let dice = Monitor(Dice(state: seed))
        return try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                let text = Array("\(request.target) \(request.body.count)".utf8)
                switch dice.change({ $0.roll(40) }) {
                case 0: return
                case 1: return connection.socket.reset()
                case 2: return try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut")
                case 3: return try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ncut\r\n")
                case 4: try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5, 7\r\n\r\nwrong")
                case 5:
                    try connection.send(OriginResponse(body: .fixed(text)), to: request)
                    return
                case 6:
                    // In one segment: what comes later may come when the next request is on its way already, and then
                    // nobody can tell that it is not the answer.
                    let head = "HTTP/1.1 200 OK\r\nContent-Length: \(text.count)\r\n\r\n"
                    let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
                    try connection.socket.send(Array(head.utf8) + text + Array(poison.utf8))
                case 7...12:
                    try connection.send(OriginResponse(body: .chunked([text])), to: request)
                case 13: return try connection.send(OriginResponse(body: .untilClose(text)), to: request)
                default: try connection.send(OriginResponse(body: .fixed(text)), to: request)
                }
            }
        }
    }

    @Test(arguments: [1, 2] as [UInt64]) func nobodyGetsAnothersAnswer(seed: UInt64) throws {
        let origins = try (0..<4).map { try moodyOrigin(seed: seed &* 1000 &+ UInt64($0)) }
        let settings: (inout GatewaySettings) -> Void = {
            $0.workers = 2
            $0.healthInterval = "20ms"
        }
        try withGateway(origins, settings) { gateway in
            let statuses = Monitor<[Int: Int]>([:])
            try concurrently(6) { thread in
                var dice = Dice(state: seed &* 77 &+ UInt64(thread))
                var client = try gateway.connect()
                for number in 0..<150 {
                    let status = try Self.exchange("/\(thread)/\(number)", &client, &dice, gateway)
                    statuses.change { $0[status, default: 0] += 1 }
                }
            }
            // Most are answered; a gateway that refuses everything would pass the rest of this test.
            #expect(statuses.read { $0[200] ?? 0 } > 600, "\(statuses.read { $0 })")
            let posts = origins.flatMap(\.requests).filter { $0.method == "POST" }.map(\.target)
            #expect(Set(posts).count == posts.count)
            #expect(try gateway.get("/last").status < 600)
        }
    }

    /// One request of a kind that the dice choose. Returns its status; 0 when the client left or was cut off.
    private static func exchange(
        _ target: String,
        _ client: inout RawClient,
        _ dice: inout Dice,
        _ gateway: GatewayProcess
    ) throws -> Int {
        let isPost = dice.roll(3) == 0
        let length = isPost ? dice.roll(3) * 40_000 : 0
        do {
            try client.send(
                isPost ? request("POST", target, fields: ["Content-Length: \(length)"]) : request("GET", target)
            )
            if dice.roll(25) == 0 {
                if dice.roll(2) == 0 { client.close() } else { client.reset() }
                client = try gateway.connect()
                return 0
            }
            try client.sendPattern(length)
            let response = try client.response()
            if response.status == 200, response.isComplete, response.text != "\(target) \(length)" {
                throw KitError.malformed("\(target) \(length) was answered \(response.text)")
            }
            guard [200, 502, 503].contains(response.status) else {
                throw KitError.malformed("\(target) was answered \(response.status)")
            }
            if !response.isComplete || response.fields.lists("close", in: "Connection") {
                client = try gateway.connect()
            }
            return response.isComplete ? response.status : 0
        } catch KitError.reset {
        } catch KitError.truncated {}
        client = try gateway.connect()
        return 0
    }
}
