// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// `connect_to`, `host` and `interface`: another place, another name, another way out.
@Suite(.threads(.few)) struct BackendConnectionTests {
    @Test func connectToLeadsToAnotherPlaceAndChangesNothingElse() throws {
        let origin = try FakeOrigin()
        let url = "http://nowhere.invalid:8080"
        let backend = "{ url: \"\(url)\", connect_to: \"127.0.0.1:\(origin.endpoint.port)\" }"
        try withGateway([origin], { $0.backends = [backend] }) { gateway in
            let finding = try gateway.finding(of: url)
            #expect(finding == "HEALTH: HEALTHY \(url) - status: 200")
            let client = try gateway.connect()
            for _ in 0..<3 { #expect(try client.get("/a").text == "hello") }
            #expect(try origin.waitForRequest(3).fields[all: "Host"] == ["test.example"])
            #expect(origin.connections.map(\.requests).filter { $0 > 0 } == [3])
            // Who names no host gets the URL's, as without connect_to.
            _ = try gateway.connect().exchange("GET / HTTP/1.0\r\n\r\n")
            #expect(try origin.waitForRequest(4).fields[all: "Host"] == ["nowhere.invalid:8080"])
            try gateway.log.wait(forLine: "REQUEST: GET /a -> \(url)", count: 3)
        }
    }

    @Test func hostStandsInPlaceOfTheClientsAndInPings() throws {
        let origin = try FakeOrigin()
        let adjust: (inout GatewaySettings) -> Void = {
            $0.backends = ["{ url: \"\(origin.url)\", host: \"api.internal:81\" }"]
            $0.healthPath = "/ping"
        }
        try withGateway([origin], adjust) { gateway in
            _ = try gateway.finding(of: origin.url)
            #expect(try origin.waitForRequest(1).fields[all: "Host"] == ["api.internal:81"])
            _ = try gateway.get("/a")
            let seen = try origin.waitForRequest(2)
            #expect(seen.fields[all: "Host"] == ["api.internal:81"])
            #expect(seen.fields[all: "X-Forwarded-Host"] == ["test.example"])
            _ = try gateway.connect().exchange("GET / HTTP/1.0\r\n\r\n")
            #expect(try origin.waitForRequest(3).fields[all: "Host"] == ["api.internal:81"])
        }
    }

    @Test func everyBackendOfARetryIsSentItsOwnHost() throws {
        let first = try FakeOrigin { _ in .text("no", status: 503) }
        let second = try FakeOrigin { _ in .text("no", status: 503) }
        let third = try FakeOrigin("third")
        let adjust: (inout GatewaySettings) -> Void = {
            $0.backends = [
                "{ url: \"\(first.url)\", host: one.internal }", second.url,
                "{ url: \"\(third.url)\", host: three.internal }",
            ]
            $0.retry = ["on: [connect, 503]", "attempts: 3", "backoff: 0ms"]
        }
        try withGateway([first, second, third], adjust) { gateway in
            for backend in [first, second, third] { _ = try gateway.finding(of: backend.url) }
            #expect(try gateway.connect().exchange(request("PUT", "/x", body: "body")).text == "third")
            #expect(try first.waitForRequest().fields[all: "Host"] == ["one.internal"])
            #expect(try second.waitForRequest().fields[all: "Host"] == ["test.example"])
            let last = try third.waitForRequest()
            #expect(last.fields[all: "Host"] == ["three.internal"])
            #expect(last.body.text == "body")
        }
    }

    @Test(arguments: ["127.0.0.7", "lo"]) func interfaceIsWhereConnectionsLeaveFrom(interface: String) throws {
        let peer = try ConnectionPeer("backend")
        let url = "http://127.0.0.1:\(peer.port)"
        try withGateway([], { $0.backends = ["{ url: \"\(url)\", interface: \(interface) }"] }) { gateway in
            let finding = try gateway.finding(of: url)
            #expect(finding == "HEALTH: HEALTHY \(url) - status: 200")
            let from = interface == "lo" ? "127.0.0.1" : interface
            #expect(try gateway.get().text.hasPrefix("peer: \(from)\n"))
        }
    }

    @Test func interfaceThatIsNotThereIsNotLeftOut() throws {
        let origin = try FakeOrigin()
        let backend = "{ url: \"\(origin.url)\", interface: nowhere0 }"
        try withGateway([origin], { $0.backends = [backend] }) { gateway in
            let finding = try gateway.finding(of: origin.url)
            #expect(finding.hasPrefix("HEALTH: UNHEALTHY"))
            #expect(origin.connections.isEmpty)
        }
    }
}
