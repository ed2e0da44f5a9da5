// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct HealthChecksTests {
    @Test func everyBackendIsPingedAgainAndAgain() throws {
        let origins = try namedOrigins("a", "b", "c")
        try withGateway(origins, { $0.healthInterval = "50ms" }) { _ in
            for origin in origins {
                try origin.waitForPings(4)
            }
        }
    }

    @Test func onlyTransitionsAreLogged() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.healthInterval = "20ms" }) { gateway in
            try origins[0].waitForPings(10)
            #expect(gateway.log.lines.filter { $0.hasPrefix("HEALTH: ") && $0.contains(origins[0].url) }.count == 1)
            #expect(gateway.log.lines.contains("HEALTH: HEALTHY \(origins[0].url) - status: 200"))
        }
    }

    @Test func pingsAreNotInTheAccessLog() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.healthInterval = "20ms" }) { gateway in
            try origin.waitForPings(5)
            #expect(!gateway.log.lines.contains { $0.contains(FakeOrigin.healthPath) })
        }
    }

    @Test func slowBackendDelaysNoOther() throws {
        let origins = try namedOrigins("slow", "b", "c")
        origins[0].health = .silent
        // withGateway returns from waiting for b and c although the ping of the first has 4 s to go.
        try withGateway(origins, { $0.healthTimeout = "4s" }) { gateway in
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origins[0].url) - ")
        }
    }

    @Test func slowBackendIsPingedNoLongerThanTheTimeout() throws {
        let origin = try FakeOrigin()
        origin.health = .silent
        try withGateway([origin], { $0.healthTimeout = "200ms" }) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origin.url) - ", until: .after(seconds: 2.5))
            #expect(try gateway.get().status == 503)
        }
    }

    @Test(arguments: [(500, false), (404, false), (199 + 1, true), (302, true)])
    func statusDecides(status: Int, isHealthy: Bool) throws {
        let origin = try FakeOrigin()
        origin.health = .status(status)
        try withGateway([origin]) { gateway in
            let word = isHealthy ? "HEALTHY" : "UNHEALTHY"
            try gateway.log.wait(forLine: "HEALTH: \(word) \(origin.url) - status: \(status)")
            #expect(try gateway.get().status == (isHealthy ? 200 : 503))
        }
    }

    @Test func pingThatIsClosedOnIsAFailure() throws {
        let origin = try FakeOrigin()
        origin.health = .closes
        try withGateway([origin]) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origin.url) - ")
        }
    }

    @Test func thresholdsCountPingsInARow() throws {
        let origins = try namedOrigins("a", "b")
        let origin = origins[0]
        let settings: (inout GatewaySettings) -> Void = {
            $0.healthInterval = "30ms"
            $0.healthCheck = ["fall: 3", "rise: 2"]
        }
        try withGateway(origins, settings) { gateway in
            let before = origin.pings
            origin.health = .status(500)
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origin.url) - status: 500")
            #expect(origin.pings - before >= 3)
            let bad = origin.pings
            origin.health = .status(200)
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(origin.url) - status: 200", count: 2)
            #expect(origin.pings - bad >= 2)
        }
    }

    @Test func pingsNeverReuseAConnection() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.healthInterval = "20ms" }) { _ in
            try origin.waitForPings(5)
            // A pooled connection would hide a firewall, or a listener that is gone.
            #expect(origin.allConnections.count >= 5)
        }
    }

    @Test func requestThatFailsTakesTheBackendOutAndTheNextPingBringsItBack() throws {
        let dying = try StubbornOrigin.closing()
        let other = try FakeOrigin("b")
        try withGateway([dying, other], { $0.healthInterval = "300ms" }) { gateway in
            let answer = try gateway.get()
            #expect(answer.text == "b")
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(dying.url) - ")
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(dying.url) - status: 200", count: 2)
        }
    }
}
