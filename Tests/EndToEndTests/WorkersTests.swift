// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct WorkersTests {
    @Test func everyConnectionIsServedWhicheverWorkerGetsIt() throws {
        let origins = try (0..<3).map { _ in try FakeOrigin { .text($0.target) } }
        try withGateway(origins, { $0.workers = 3 }) { gateway in
            try concurrently(8) { thread in
                for number in 0..<20 {
                    let client = try gateway.connect()
                    for target in ["/\(thread)/\(number)/a", "/\(thread)/\(number)/b"] {
                        let text = try client.get(target).text
                        guard text == target else { throw KitError.process("\(target) was answered \(text)") }
                    }
                }
            }
            #expect(origins.map { $0.requests.count }.reduce(0, +) == 320)
        }
    }

    @Test func failureSeenByOneIsKnownToAll() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.workers = 4 }) { gateway in
            origins[0].stop()
            #expect(try gateway.get().text == "b")
            try concurrently(4) { _ in
                for _ in 0..<10 {
                    guard try gateway.get().text == "b" else { throw KitError.process("not b") }
                }
            }
            try gateway.log.wait(for: "41 responses", count: 41) { $0.hasPrefix("RESPONSE: ") }
            #expect(gateway.log.lines.filter { $0.hasPrefix("ERROR: ") }.count == 1)
        }
    }

    @Test func recordsOfDifferentWorkersNeverMix() throws {
        let origins = try namedOrigins("a", "b", "c")
        let target = "/" + String(repeating: "x", count: 3000)
        try withGateway(origins, { $0.workers = 3 }) { gateway in
            try concurrently(6) { _ in
                for _ in 0..<30 {
                    guard try gateway.get(target).status == 200 else { throw KitError.process("not 200") }
                }
            }
            let lines = try gateway.log.wait(for: "180 responses", count: 180) { $0.hasPrefix("RESPONSE: ") }
            let broken = lines.filter { !$0.contains("<- http://127.0.0.1:") || !$0.hasSuffix("ms") }
            #expect(broken == [])
        }
    }

    @Test func backendFailingUnderLoadCostsNoIdempotentRequest() throws {
        let origins = try namedOrigins("a", "b", "c")
        try withGateway(origins, { $0.workers = 2 }) { gateway in
            let half = Monitor(0)
            _ = BackgroundThread {
                try? half.wait(for: "half of the requests", holds: { $0 >= 60 })
                origins[1].stop()
            }
            try concurrently(4) { _ in
                let client = try gateway.connect()
                for _ in 0..<30 {
                    let status = try client.get().status
                    guard status == 200 else { throw KitError.process("answered \(status)") }
                    half.change { $0 += 1 }
                }
            }
        }
    }
}
