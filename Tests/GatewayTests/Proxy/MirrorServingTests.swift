// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

/// Copies within the test's process, where sanitizers see them.
@Suite struct MirrorServingTests {
    private func worker(_ origins: [FakeOrigin], concurrency: Int = 100) throws -> ServingWorker {
        var route = RouteConfiguration(pool: "0")
        route.overrides.mirror = MirrorConfiguration(pool: "1")
        route.overrides.mirror?.concurrency = concurrency
        return try ServingWorker([route], origins)
    }

    @Test func copiesAreMadeOverAndOverInTheSameMemory() throws {
        let origins = [try FakeOrigin { .echo($0) }, try FakeOrigin { .echo($0) }]
        let worker = try worker(origins)
        let client = try worker.client()
        for number in 0..<60 {
            let body = String(repeating: "\(number)", count: number * 30)
            let isChunked = number % 3 == 0
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.utf8.count)"
            try client.send("POST /\(number) HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
            if isChunked {
                let size = String(body.utf8.count, radix: 16)
                try client.send((body.isEmpty ? "" : "\(size)\r\n\(body)\r\n") + "0\r\n\r\n")
            } else {
                try client.send(body)
            }
            #expect(try client.response(to: "POST").text == body)
            #expect(try origins[1].waitForRequest(number + 1).body.text == body)
        }
        client.close()
        let log = try worker.stop()
        #expect(log.split(separator: "\n").count { $0.hasPrefix("MIRROR: POST ") } >= 59)
    }

    @Test func whatIsUnderWayWhenTheWorkerStopsIsLetGoOf() throws {
        let origins = [try FakeOrigin(), try StubbornOrigin.neverAnswering()]
        let worker = try worker(origins, concurrency: 4)
        let client = try worker.client()
        for _ in 0..<8 { #expect(try client.get().status == 200) }
        try origins[1].waitForRequest(4)
        #expect(worker.snapshot.mirrors[0]?.gate.active == 4)
        #expect(worker.snapshot.pools[1].requestsInFlight == 4)
        // One more is still being received.
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        try origins[0].waitForHead(9)
        let log = try worker.stop()
        #expect(log.split(separator: "\n").count { $0.hasSuffix(" - the gateway has stopped") } == 4)
        #expect(worker.snapshot.mirrors[0]?.gate.active == 0)
        #expect(worker.snapshot.pools[1].requestsInFlight == 0)
    }

    @Test func everyEndGivesBackWhatTheCopyHasTaken() throws {
        let main = try FakeOrigin()
        for shadow in [
            try FakeOrigin(), try StubbornOrigin.closing(), try StubbornOrigin.sending("nonsense\r\n\r\n"),
        ] {
            let worker = try worker([main, shadow])
            let client = try worker.client()
            for _ in 0..<20 { #expect(try client.get().status == 200) }
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
            client.close()
            try worker.stop(now: false)
            #expect(worker.snapshot.mirrors[0]?.gate.active == 0)
            #expect(worker.snapshot.pools[1].requestsInFlight == 0)
        }
        #expect(main.requests.count >= 60)
    }
}
