// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Backends that an operator drains.
@Suite(.threads(.few)) struct AdminDrainTests {
    private let gate = Gate()

    /// A gateway before one backend that holds requests until ``gate`` opens, and another, with one request held.
    private func withHeldRequest(
        _ body: (GatewayProcess, AdminClient, _ path: String, _ held: RawClient) throws -> Void
    ) throws {
        let slow = try FakeOrigin { _ in .text("slow", gate: gate) }
        let other = try FakeOrigin("b")
        defer { gate.open() }
        try withAdmin([slow, other], { $0.drainTimeout = "5s" }) { gateway, admin in
            let held = try gateway.connect()
            try held.send(request())
            try slow.waitForRequest()
            try body(gateway, admin, "\(try admin.backends()[0])/drain", held)
        }
    }

    private func begin(_ admin: AdminClient, _ path: String, _ body: String = "{}", _ fields: String...) throws
        -> RawClient
    {
        let client = try RawClient(port: admin.port)
        try client.send(AdminClient.request("POST", path, body, fields: ["Content-Type: application/json"] + fields))
        return client
    }

    private func waitUntilDisabled(_ gateway: GatewayProcess) throws {
        try gateway.log.wait(for: "the backend to be disabled") { $0.hasSuffix("enabled true -> false") }
    }

    @Test func theAnswerComesWhenNothingIsInFlight() throws {
        try withHeldRequest { gateway, admin, path, held in
            let client = try begin(admin, path)
            try waitUntilDisabled(gateway)
            // Nobody else waits meanwhile, neither here nor there.
            #expect(try gateway.get().text == "b")
            // Its client has the answer a little before the gateway has done with the request.
            try admin.wait(for: "in_flight", toBe: 1)
            #expect(client.staysSilent(for: 0.2))
            gate.open()
            #expect(try held.response().text == "slow")
            let backend = try JSONValue(try client.response().text)
            #expect(backend["drained"]?.bool == true && backend["in_flight"]?.number == 0)
            #expect(backend["enabled"]?.bool == false && backend["state"]?.string == "healthy")
        }
    }

    @Test func atTheTimeoutItSaysWhatIsLeftWhichGoesOn() throws {
        try withHeldRequest { _, admin, path, held in
            let answer = try admin.write("POST", path, #"{"timeout": "100ms"}"#)
            let backend = try JSONValue(answer.text)
            #expect(answer.status == 200 && backend["drained"]?.bool == false && backend["in_flight"]?.number == 1)
            gate.open()
            #expect(try held.response().text == "slow")
            #expect(try JSONValue(try admin.write("POST", path).text)["drained"]?.bool == true)
        }
    }

    @Test func itCanBeWatched() throws {
        try withHeldRequest { _, admin, path, held in
            let client = try begin(admin, path, "{}", "Accept: text/event-stream")
            #expect(try client.head().fields["Content-Type"] == "text/event-stream")
            var text = ""
            while !text.contains("event: progress\ndata: {\"in_flight\":1}\n\n") { text += try client.receive() }
            gate.open()
            while !text.contains("\"drained\":true}\n\n") { text += try client.receive() }
            #expect(text.contains("event: done\ndata: {\"id\":"))
            #expect(try held.response().text == "slow")
        }
    }

    @Test func aWebSocketIsInFlightUntilItEnds() throws {
        let tunnels = try UpgradingOrigin.echoing()
        let other = try FakeOrigin("b")
        try withAdmin([other], { $0.backends = [tunnels.url, other.url] }) { gateway, admin in
            var tunnel = try gateway.connect()
            // Whoever answers something else is the other one.
            while try tunnel.upgrade("/").status != 101 { tunnel = try gateway.connect() }
            let path = "\(try admin.backends()[0])/drain"
            let waiting = try JSONValue(try admin.write("POST", path, #"{"timeout": "50ms"}"#).text)
            #expect(waiting["drained"]?.bool == false && waiting["in_flight"]?.number == 1)
            try tunnel.send("still there")
            #expect(try tunnel.readPart(11).text == "still there")
            let client = try begin(admin, path)
            #expect(client.staysSilent(for: 0.1))
            tunnel.close()
            #expect(try JSONValue(try client.response().text)["drained"]?.bool == true)
        }
        tunnels.stop()
    }

    @Test func whoLeavesTheDrainLeavesTheBackendDrained() throws {
        try withHeldRequest { gateway, admin, path, held in
            for _ in 0..<150 {
                // More than the listener takes at once: those who have left take no place.
                let client = try begin(admin, path)
                #expect(client.staysSilent(for: 0.01))
                client.reset()
            }
            try waitUntilDisabled(gateway)
            #expect(try admin.json("/v1/pools/web")["in_flight"]?.number == 1)
            gate.open()
            #expect(try held.response().text == "slow")
            #expect(Set(try (0..<4).map { _ in try gateway.get().text }) == ["b"])
        }
    }

    @Test func whoeverEnablesOrRemovesItEndsTheWait() throws {
        try withHeldRequest { gateway, admin, path, held in
            let client = try begin(admin, path)
            try waitUntilDisabled(gateway)
            let backend = String(path.dropLast("/drain".count))
            #expect(try admin.write("PATCH", backend, #"{"enabled": true}"#).status == 200)
            #expect(try client.response().status == 409)
            try client.send(AdminClient.request("POST", path, "{}"))
            try gateway.log.wait(for: "it to be disabled again", count: 2) { $0.hasSuffix("enabled true -> false") }
            #expect(try admin.write("DELETE", backend).status == 204)
            #expect(try client.response().status == 404)
            gate.open()
            #expect(try held.response().text == "slow")
        }
    }

    @Test func stoppingFinishesTheDrainAndWaitsForNobodyWhoOnlyWatches() throws {
        try withHeldRequest { gateway, admin, path, held in
            let waiting = try begin(admin, path, #"{"timeout": "1h"}"#)
            let watching = try begin(admin, path, #"{"timeout": "1h"}"#, "Accept: text/event-stream")
            #expect(try watching.head().status == 200)
            try waitUntilDisabled(gateway)
            gateway.process.send(SIGTERM)
            _ = try gateway.log.wait(forPrefix: "INFO: SIGTERM: finishing")
            // What changes something is too late.
            let late = try admin.write("PATCH", String(path.dropLast("/drain".count)), #"{"weight": 2}"#)
            #expect(late.status == 503 && late.text.contains("stopping"))
            gate.open()
            #expect(try held.response().text == "slow")
            #expect(try JSONValue(try waiting.response().text)["drained"]?.bool == true)
        }
    }
}
