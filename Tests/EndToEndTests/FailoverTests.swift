// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct FailoverTests {
    @Test func requestGoesToTheNextBackendWhenOneRefuses() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins) { gateway in
            origins[0].stop()
            #expect(try gateway.get("/x?y").text == "b")
            let (a, b) = (origins[0].url, origins[1].url)
            try gateway.log.wait(forLine: "ERROR: GET /x?y x \(a) - Connection refused, retrying on \(b)")
            try gateway.log.wait(forLine: "HEALTH: UNHEALTHY \(a) - Connection refused")
        }
    }

    @Test func failedBackendIsOutOfRotationAtThatMoment() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.workers = 2 }) { gateway in
            origins[0].stop()
            for _ in 0..<20 {
                #expect(try gateway.get().text == "b")
            }
            try gateway.log.wait(for: "20 responses", count: 20) { $0.hasPrefix("RESPONSE: ") }
            #expect(gateway.log.lines.filter { $0.hasPrefix("ERROR: ") }.count == 1)
        }
    }

    @Test func goodPingBringsABackendBack() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.healthInterval = "100ms" }) { gateway in
            origins[0].stop()
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(origins[0].url) - Connection refused")
            #expect(try (0..<4).map { _ in try gateway.get().text } == ["b", "b", "b", "b"])
            try origins[0].start()
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(origins[0].url) - status: 200", count: 2)
            #expect(try Set((0..<2).map { _ in try gateway.get().text }) == ["a", "b"])
        }
    }

    @Test func restartedBackendIsUsedAgainOnlyAfterAPing() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins) { gateway in
            origins[0].stop()
            #expect(try gateway.get().text == "b")
            try origins[0].start()
            #expect(try (0..<4).map { _ in try gateway.get().text } == ["b", "b", "b", "b"])
        }
    }

    @Test(arguments: [5, 1_000_000]) func bodyOfAnyMethodSurvivesARefusedConnection(length: Int) throws {
        let refusing = try FakeOrigin()
        let echoing = try FakeOrigin { .text("\($0.body.count) \($0.body.followsPattern)") }
        try withGateway([refusing, echoing]) { gateway in
            refusing.stop()
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: \(length)"]))
            try client.sendPattern(length)
            // Nothing was sent to the first one, so even this method and a body that no buffer holds may go on.
            let response = try client.response(to: "POST")
            #expect(response.status == 200)
            #expect(response.text == "\(length) true")
            #expect(echoing.requests.count == 1)
        }
    }

    @Test func refusingPortThatNeverWasABackendIsSkipped() throws {
        let refused = try ReservedPort()
        let origin = try FakeOrigin("b")
        try withGateway([origin], { $0.backends.insert(refused.url, at: 0) }) { gateway in
            let answer = try (0..<6).map { _ in try gateway.get().text }
            #expect(answer == Array(repeating: "b", count: 6))
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(refused.url) - Connection refused")
        }
    }

    @Test func everyBackendRefusingIs502AndThen503() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins) { gateway in
            origins.forEach { $0.stop() }
            let statuses = try (0..<2).map { _ in try gateway.get().status }
            #expect(statuses == [502, 503])
        }
    }
}
