// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct HealthCheckOptionsTests {
    /// An origin whose pings go to `/ping` and are answered by `answer`.
    private func withPings(
        _ members: [String],
        answer: @escaping @Sendable (ReceivedRequest) -> OriginResponse,
        _ body: (GatewayProcess, FakeOrigin) throws -> Void
    ) throws {
        let origin = try FakeOrigin { $0.target == "/ping" ? answer($0) : .text("served") }
        let other = try FakeOrigin("other")
        let settings: (inout GatewaySettings) -> Void = {
            $0.backends = [origin.url]
            $0.healthPath = "/ping"
            $0.healthInterval = "50ms"
            $0.healthCheck = members
        }
        try withGateway([other], settings) { try body($0, origin) }
        #expect(origin.faults.isEmpty)
    }

    @Test func bodyThatIsExpectedIsFoundAcrossChunks() throws {
        let chunks = ["{\"status\": \"he", "al", "thy\"}"].map { Array($0.utf8) }
        try withPings(["expect_body: healthy"], answer: { _ in OriginResponse(body: .chunked(chunks)) }) {
            gateway,
            origin in
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(origin.url) - status: 200")
        }
    }

    @Test func bodyWithoutWhatIsExpectedIsAFailure() throws {
        try withPings(["expect_body: healthy"], answer: { _ in .text("maintenance") }) { gateway, origin in
            let reason = "status: 200, but health_check.expect_body is not in the body"
            try gateway.log.wait(forLine: "HEALTH: UNHEALTHY \(origin.url) - \(reason)")
            #expect(try gateway.get().status == 503)
        }
    }

    @Test(arguments: [(401, true), (204, true), (302, false)])
    func severalStatusesMayBeGood(status: Int, isGood: Bool) throws {
        try withPings(["expect_status: [200-299, 401]"], answer: { _ in .text("", status: status) }) {
            gateway,
            origin in
            let word = isGood ? "HEALTHY" : "UNHEALTHY"
            try gateway.log.wait(forLine: "HEALTH: \(word) \(origin.url) - status: \(status)")
        }
    }

    @Test(arguments: ["HEAD", "OPTIONS", "GET"]) func pingsAreSentAsConfigured(method: String) throws {
        let members = ["method: \(method)", "host: probe.example"]
        try withPings(members, answer: { _ in .text("") }) { gateway, origin in
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(origin.url) - status: 200")
            let ping = try origin.waitForRequest(2)
            #expect(ping.method == method)
            #expect(ping.fields[all: "host"] == ["probe.example"])
            #expect(ping.body.text == "")
        }
    }

    @Test func downBackendIsPingedAtItsOwnInterval() throws {
        let origin = try FakeOrigin("a")
        let settings: (inout GatewaySettings) -> Void = {
            $0.healthInterval = "1h"
            $0.healthCheck = ["down_interval: 50ms"]
        }
        try withGateway([origin], settings) { gateway in
            origin.stop()
            #expect(try gateway.get().status == 502)
            try gateway.log.wait(forLine: "HEALTH: UNHEALTHY \(origin.url) - Connection refused")
            try origin.start()
            // In an hour, if it were for the interval.
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(origin.url) - status: 200", count: 2)
            #expect(try gateway.get().text == "a")
        }
    }

    @Test func someFailuresInARowAreForgivenAndAGoodAnswerResetsTheCount() throws {
        let isDying = Monitor(true)
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                if isDying.read({ $0 }) { return }
                // A kept connection that is closed on would be a dead one, and not a failure.
                return try connection.send(.text("a", fields: [("Connection", "close")]), to: request)
            }
        }
        let settings: (inout GatewaySettings) -> Void = {
            $0.healthCheck = ["passive_fall: 3"]
            $0.retry = ["attempts: 1"]
        }
        try withGateway([origin], settings) { gateway in
            for _ in 0..<2 { #expect(try gateway.get().status == 502) }
            isDying.change { $0 = false }
            #expect(try gateway.get().text == "a")
            isDying.change { $0 = true }
            // Or a ping would bring it back, for which the last request waits.
            origin.health = .status(500)
            for _ in 0..<3 { #expect(try gateway.get().status == 502) }
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origin.url) - ")
            #expect(gateway.log.lines.filter { $0.hasPrefix("HEALTH: UNHEALTHY") }.count == 1)
            #expect(try gateway.get().status == 503)
        }
    }
}
