// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@Suite(.threads(.few)) struct OutlierTests {
    private func ejecting(_ members: String) -> (inout GatewaySettings) -> Void {
        { $0.poolMembers = ["outlier: { \(members) }"] }
    }

    @Test func backendThatAnswersWithErrorsIsEjectedAtOnceAndReturns() throws {
        let isBad = Monitor(true)
        let origins = [
            try FakeOrigin { _ in .text("a", status: isBad.read { $0 } ? 500 : 200) }, try FakeOrigin("b"),
        ]
        let settings = ejecting("consecutive_5xx: 3, eject_for: 2s")
        try withGateway(
            origins,
            {
                settings(&$0); $0.workers = 2
            }
        ) { gateway in
            let url = origins[0].url
            for _ in 0..<6 { _ = try gateway.get() }
            let line = "HEALTH: UNHEALTHY \(url) - ejected for 2s: 3 responses of 5xx in a row"
            try gateway.log.wait(forLine: line)
            #expect(try (0..<4).map { _ in try gateway.get().text } == ["b", "b", "b", "b"])
            isBad.change { $0 = false }
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(url) - back after an ejection of 2s")
            #expect(try Set((0..<2).map { _ in try gateway.get().text }) == ["a", "b"])
        }
    }

    @Test func aGoodAnswerBreaksTheRow() throws {
        let origins = [try FakeOrigin { .text("a", status: $0.target == "/bad" ? 500 : 200) }]
        try withGateway(origins, ejecting("consecutive_5xx: 2, eject_for: 5m")) { gateway in
            for target in ["/bad", "/", "/bad", "/", "/bad"] { _ = try gateway.get(target) }
            #expect(try gateway.get().text == "a")
            #expect(!gateway.log.lines.contains { $0.contains("ejected") })
        }
    }

    @Test func theLastBackendIsNeverEjected() throws {
        let origins = try ["a", "b"].map { name in try FakeOrigin { _ in .text(name, status: 500) } }
        try withGateway(origins, ejecting("consecutive_5xx: 2, max_ejected: 100%, eject_for: 5m")) { gateway in
            let statuses = try (0..<12).map { _ in try gateway.get().status }
            #expect(statuses.allSatisfy { $0 == 500 })
            try gateway.log.wait(for: "an ejection", count: 1) { $0.contains("ejected for") }
            // A second one would be in the log before what comes after it.
            _ = try gateway.get("/last")
            try gateway.log.wait(for: "the last request", count: 1) { $0.contains("/last") && $0.contains("500") }
            #expect(gateway.log.lines.filter { $0.contains("ejected for") }.count == 1)
        }
    }

    @Test func ejectedBackendIsCalledBackWhenTheLastOtherDies() throws {
        let origins = [try FakeOrigin { _ in .text("bad", status: 500) }, try FakeOrigin("b")]
        try withGateway(origins, ejecting("consecutive_5xx: 1, eject_for: 5m")) { gateway in
            for _ in 0..<2 { _ = try gateway.get() }
            try gateway.log.wait(for: "an ejection", count: 1) { $0.contains("ejected for 300s") }
            origins[1].stop()
            #expect(try gateway.get().text == "bad", "a bad answer is better than none")
            try gateway.log.wait(for: "its return", count: 1) { $0.contains("back early from its ejection") }
        }
    }

    @Test func shareOfFailuresWithinTheWindowEjects() throws {
        let origins = [
            try FakeOrigin { .text("a", status: $0.target == "/bad" ? 503 : 200) }, try FakeOrigin("b"),
        ]
        let settings = ejecting(
            "consecutive_5xx: off, failure_rate: 40%, window: 1s, minimum_requests: 10, eject_for: 5m"
        )
        try withGateway(origins, settings) { gateway in
            // Every other request of each backend is bad.
            // So many within a second that they are judged: on a busy machine it may take several seconds to come to that.
            let client = try gateway.connect()
            let deadline = Deadline.usual
            repeat {
                for target in ["/bad", "/bad", "/", "/"] + Array(repeating: "/bad", count: 36) {
                    _ = try client.get(target)
                }
            } while !gateway.log.lines.contains { $0.contains("ejected for") } && !deadline.hasPassed
            let line = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origins[0].url) - ejected for 300s: ")
            #expect(line.contains("requests failed within 1s"))
        }
    }

    @Test func slowBackendIsEjectedByItsLatency() throws {
        let origins = [
            try FakeOrigin { (request: ReceivedRequest) in
                usleep(60_000)
                return .text("slow")
            }, try FakeOrigin("b"), try FakeOrigin("c"),
        ]
        let settings = ejecting("consecutive_5xx: off, latency: 3, window: 2s, minimum_requests: 4, eject_for: 5m")
        try withGateway(origins, settings) { gateway in
            // A busy machine may make the others as slow for a while.
            let client = try gateway.connect()
            let deadline = Deadline.usual
            repeat {
                for _ in 0..<18 { _ = try client.get() }
            } while !gateway.log.lines.contains { $0.contains("ejected for") } && !deadline.hasPassed
            let line = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origins[0].url) - ejected for 300s: ")
            #expect(line.contains("its answers take "))
        }
    }
}
