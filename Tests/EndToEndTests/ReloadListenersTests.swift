// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Where the gateway listens, and what clients may do, while the configuration changes.
@Suite(.threads(.few)) struct ReloadListenersTests {
    private func port(of endpoint: Endpoint) throws -> UInt16 {
        guard case .tcp(let port) = endpoint else { throw KitError.process("not a TCP endpoint") }
        return port
    }

    @Test func anAddressIsAddedAndTakenAwayAgain() throws {
        let gate = Gate()
        let origin = try FakeOrigin { .text($0.target, gate: $0.target == "/held" ? gate : nil) }
        try withGateway([origin], { $0.workers = 2 }) { gateway in
            defer { gate.open() }
            let spare = try ReservedPort()
            let port = try self.port(of: spare.endpoint)
            try gateway.reload { $0.moreListen = ["127.0.0.1:\(port)"] }
            let client = try RawClient(port: port)
            #expect(try client.get("/a").text == "/a")
            let busy = try RawClient(port: port)
            try busy.send(request("GET", "/held"))
            try origin.waitForRequest(2)

            try gateway.reload { $0.moreListen = [] }
            #expect(throws: KitError.self) { try RawClient(port: port) }
            // Who is connected stays so.
            #expect(try client.get("/b").text == "/b")
            gate.open()
            #expect(try busy.response().text == "/held")
            #expect(try gateway.get("/c").text == "/c")
        }
    }

    @Test func anAddressThatCannotBeHadChangesNothing() throws {
        let origins = try namedOrigins("a", "b")
        let holder = try FakeOrigin()
        let taken = try port(of: holder.endpoint)
        let problem = "ERROR: cannot listen on 127.0.0.1:\(taken)"
        try withGateway(origins, { $0.backends = [origins[0].url] }) { gateway in
            try gateway.rewrite { settings in
                settings.moreListen = ["127.0.0.1:\(taken)"]
                settings.backends = [origins[1].url]
            }
            gateway.process.send(SIGHUP)
            let refused = "the configuration stays as it was"
            try gateway.log.wait(for: "the refusal") { $0.contains(refused) }
            let lines = gateway.log.lines.filter { $0.hasPrefix(problem) }
            #expect(lines.count == 1)
            #expect(try gateway.get().text == "a")
            holder.stop()
            try gateway.reload()
            let client = try RawClient(port: taken)
            #expect(try client.get().text == "b")
        }
    }

    @Test func limitsHoldForTheNextRequestOfAClientThatIsConnected() throws {
        let gate = Gate()
        let origin = try FakeOrigin { .text($0.target, gate: $0.target == "/held" ? gate : nil) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/held", fields: ["X-A: 1", "X-B: 2"]))
            try origin.waitForRequest()
            try gateway.reload { $0.limits = ["header_count: 2"] }
            gate.open()
            #expect(try client.response().text == "/held")
            #expect(try client.exchange(request(fields: ["X-A: 1", "X-B: 2"])).status == 431)
            try gateway.reload { $0.limits = [] }
            #expect(try gateway.connect().exchange(request(fields: ["X-A: 1", "X-B: 2"])).status == 200)
        }
    }

    @Test func aTunnelSurvivesItsRoute() throws {
        let origin = try UpgradingOrigin.echoing()
        let other = try FakeOrigin("other")
        try withGateway([origin, other], { $0.backends = [origin.url] }) { gateway in
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            for number in 0..<5 {
                try gateway.reload {
                    $0.pools = [("other\(number)", [other.url])]
                    $0.routes = "  - { pool: other\(number) }"
                }
                try client.send("ping\(number)")
                #expect(try client.readPart(5).text == "ping\(number)")
                #expect(try gateway.get().text == "other")
            }
            client.close()
        }
    }

    @Test func aFileThatHasChangedIsReadByItself() throws {
        let origins = try namedOrigins("a", "b")
        let settings: (inout GatewaySettings) -> Void = {
            $0.backends = [origins[0].url]
            $0.top = ["reload_on_change: 50ms"]
        }
        try withGateway(origins, settings) { gateway in
            #expect(try gateway.get().text == "a")
            try gateway.rewrite { $0.backends = [origins[1].url] }
            try gateway.log.wait(for: "the change") {
                $0.contains("\(gateway.file) has changed: configuration reloaded")
            }
            #expect(try gateway.get().text == "b")
        }
    }
}
