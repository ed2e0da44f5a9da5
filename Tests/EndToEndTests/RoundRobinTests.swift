// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct RoundRobinTests {
    @Test func requestsInARowReachTheBackendsInOrder() throws {
        let origins = try namedOrigins("a", "b", "c")
        try withGateway(origins) { gateway in
            let client = try gateway.connect()
            let answers = try (0..<9).map { _ in try client.get().text }
            #expect(answers == ["a", "b", "c", "a", "b", "c", "a", "b", "c"])
        }
    }

    @Test(arguments: [1, 2, 4]) func orderIsExactOverManyConnectionsAndWorkers(workers: Int) throws {
        let origins = try namedOrigins("a", "b", "c")
        try withGateway(origins, { $0.workers = workers }) { gateway in
            // Each connection may land on another worker: the turn belongs to the pool, not to a worker.
            let answers = try (0..<30).map { _ in try gateway.get().text }
            #expect(answers == (0..<30).map { ["a", "b", "c"][$0 % 3] })
        }
    }

    @Test func clientsAtTheSameTimeShareOneTurn() throws {
        let origins = try namedOrigins("a", "b", "c")
        try withGateway(origins, { $0.workers = 2 }) { gateway in
            try concurrently(6) { _ in
                let client = try gateway.connect()
                for _ in 0..<20 {
                    guard try client.get().status == 200 else { throw KitError.process("not 200") }
                }
            }
            #expect(origins.map { $0.requests.count } == [40, 40, 40])
        }
    }

    @Test func loadStaysEvenWhileABackendIsDown() throws {
        let origins = try namedOrigins("a", "b", "c", "d")
        origins[1].stop()
        try withGateway(origins) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origins[1].url) ")
            let client = try gateway.connect()
            for _ in 0..<30 {
                #expect(try client.get().status == 200)
            }
            // Whoever simply skips to the next in line gives the one behind the gap twice as much.
            #expect(origins.map { $0.requests.count } == [10, 0, 10, 10])
        }
    }
}
