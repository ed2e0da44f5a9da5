// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Operators at work while everybody is busy.
@Suite(.threads(.changing)) struct AdminUnderLoadTests {
    @Test func aThousandBackendsComeAndGoAndNobodyNotices() throws {
        let origins = try namedOrigins("a", "b", "c")
        let settings: (inout GatewaySettings) -> Void = {
            $0.backends = origins[..<2].map(\.url)
            $0.workers = 2
            $0.log = ["access: off"]
        }
        try withAdmin(origins, settings) { gateway, admin in
            let load = SteadyLoad(port: gateway.port, targets: ["/x"], keeping: 2, renewing: 1)
            try load.wait(for: 50)
            // One connection for all, as a script would.
            let client = try RawClient(port: admin.port)
            let body = #"{"url": "\#(origins[2].url)"}"#
            var before: ProcessUsage?
            for number in 1...1000 {
                let added = try client.exchange(AdminClient.request("POST", "/v1/pools/web/backends", body))
                let location = try #require(added.fields["Location"], "\(added.text)")
                try client.send(AdminClient.request("DELETE", location))
                #expect(try client.response(to: "DELETE").status == 204)
                if number == 300 { before = try gateway.usage }
            }
            let after = try gateway.usage
            #expect(try load.stop() == [])
            let growth = after.resident - (before?.resident ?? 0)
            #expect(after.isSanitized || growth < 4 << 20, "\(growth) bytes in 700 rounds")
            #expect(after.descriptors < (before?.descriptors ?? 0) + 40)
            #expect(try admin.json("/v1/overrides")["pools"]?.array?.isEmpty == true)
            #expect(gateway.log.lines.allSatisfy { !$0.hasPrefix("ERROR: ") })
        }
    }

    @Test func drainingInTurnFailsNoRequest() throws {
        let origins = try namedOrigins("a", "b", "c")
        let settings: (inout GatewaySettings) -> Void = {
            $0.workers = 2
            $0.log = ["access: off"]
            // Each is the only one who may have it, so all that is picked anew is picked right.
            $0.poolMembers = ["sticky: { cookie: seat }"]
        }
        try withAdmin(origins, settings) { gateway, admin in
            let load = SteadyLoad(port: gateway.port, targets: ["/x"], keeping: 4, renewing: 2)
            let paths = try admin.backends()
            for number in 0..<30 {
                let path = paths[number % 3]
                let drained = try JSONValue(try admin.write("POST", "\(path)/drain").text)
                #expect(drained["drained"]?.bool == true)
                let count = drained["attempts_total"]?.number
                try load.wait(for: 10)
                #expect(try admin.json(path)["attempts_total"]?.number == count, "it had a request while it was out")
                #expect(try admin.write("PATCH", path, #"{"enabled": true}"#).status == 200)
            }
            #expect(try load.stop() == [])
        }
    }

    @Test func theListenerIsTakenOverWithTheGateway() throws {
        let origins = try namedOrigins("a", "b")
        let port = PortRow.start()
        let settings: (inout GatewaySettings) -> Void = {
            $0.top = ["admin: { listen: \"127.0.0.1:\(port)\" }"]
            $0.drainTimeout = "20s"
        }
        let gate = Gate()
        let slow = try FakeOrigin { _ in .text("slow", gate: gate) }
        try withGateway(
            origins,
            {
                settings(&$0)
                $0.pools = [("web", origins.map(\.url)), ("slow", [slow.url])]
                $0.routes = "  - { pool: web }\n  - { path: /slow, pool: slow }"
            },
            { gateway in
                let admin = try AdminClient(gateway)
                #expect(admin.port == port)
                let held = try gateway.connect()
                try held.send(request("GET", "/slow"))
                try slow.waitForRequest()
                let path = try admin.backends()[0]
                #expect(try admin.write("PATCH", path, #"{"enabled": false}"#).status == 200)
                gateway.process.send(SIGUSR2)
                let next = try TakeoverTests.successor(in: gateway.log)
                defer { TakeoverTests.end(next) }
                try gateway.log.wait(for: "it to take over") { $0.contains("taking over from process") }
                _ = try gateway.log.wait(forPrefix: "INFO: SIGTERM: finishing")
                // As long as the old process has the port, it tells of itself and changes nothing.
                #expect(try admin.json("/v1/status")["state"]?.string == "draining")
                #expect(try admin.write("PATCH", path, #"{"weight": 7}"#).status == 503)
                gate.open()
                #expect(try held.response().text == "slow")
                #expect(try gateway.process.waitForEnd() == .status(0))
                try gateway.log.wait(for: "the other to have the port", count: 2) { $0.contains("Admin API running") }
                // What was changed beside the file was the old process's.
                #expect(try admin.json("/v1/status")["state"]?.string == "serving")
                #expect(try admin.json(path)["enabled"]?.bool == true)
                #expect(try admin.write("PATCH", path, #"{"enabled": false}"#).status == 200)
                #expect(Set(try (0..<4).map { _ in try gateway.get().text }) == ["b"])
            }
        )
        slow.stop()
    }
}
