// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// What is counted goes on counting when the configuration changes, whoever began before.
@Suite(.threads(.few)) struct ReloadCountsTests {
    /// A gateway before one backend that has room for one request, which it has.
    private func withBusyBackend(
        _ body: (GatewayProcess, AdminClient, FakeOrigin, RawClient, Gate) throws -> Void
    ) throws {
        let gate = Gate()
        let origin = try FakeOrigin { .text("busy \($0.target)", gate: $0.target == "/held" ? gate : nil) }
        let settings: (inout GatewaySettings) -> Void = {
            $0.backends = ["{ url: \"\(origin.url)\", max_connections: 1 }"]
            $0.poolMembers = ["queue: { size: 10, timeout: 60s }"]
            $0.workers = 2
        }
        try withAdmin([origin], settings) { gateway, admin in
            defer { gate.open() }
            let client = try gateway.connect()
            try client.send(request("GET", "/held"))
            try origin.waitForRequest()
            try body(gateway, admin, origin, client, gate)
        }
    }

    @Test func requestsInFlightCountForMaxConnections() throws {
        try withBusyBackend { gateway, _, origin, first, gate in
            for timeout in [200, 300] {
                try gateway.reload { $0.poolMembers = ["queue: { size: 10, timeout: \(timeout)ms }"] }
                #expect(try gateway.get("/more").status == 503)
            }
            #expect(origin.requests.count == 1)
            gate.open()
            #expect(try first.response().text == "busy /held")
            #expect(try gateway.get("/more").text == "busy /more")
        }
    }

    @Test func whoWaitsGetsThePlaceThatANewConfigurationHas() throws {
        try withBusyBackend { gateway, admin, _, _, _ in
            let other = try FakeOrigin("other")
            let waiting = try gateway.connect()
            try waiting.send(request("GET", "/waits"))
            try admin.wait(for: "queued", toBe: 1)
            try gateway.reload { $0.backends.append(other.url) }
            #expect(try waiting.response().text == "other")
            other.stop()
        }
    }

    @Test func whoWaitsWhereNobodyNeedsToAnyMoreIsServed() throws {
        try withBusyBackend { gateway, admin, origin, _, _ in
            let waiting = try gateway.connect()
            try waiting.send(request("GET", "/waits"))
            try admin.wait(for: "queued", toBe: 1)
            try gateway.reload { $0.backends = [origin.url] }
            #expect(try waiting.response().text == "busy /waits")
        }
    }

    @Test func rateLimitsGoOnCounting() throws {
        let origins = try namedOrigins("a", "b")
        let settings: (inout GatewaySettings) -> Void = {
            $0.top = ["rate_limit: { requests: 100, per: 1h }"]
            $0.route = ["rate_limit: { requests: 2, per: 1h, burst: 2 }"]
        }
        try withGateway(origins, settings) { gateway in
            for _ in 0..<2 { #expect(try gateway.get().status == 200) }
            try gateway.reload { $0.backends.removeLast() }
            #expect(try gateway.get().status == 429)
            // Another limit begins anew; that of all goes on.
            try gateway.reload { $0.route = ["rate_limit: { requests: 5, per: 1h }"] }
            let response = try gateway.get()
            #expect(response.status == 200)
            #expect(response.fields["RateLimit"]?.hasPrefix("\"default\";r=96;") == true)
        }
    }

    @Test func concurrencyOfAClientGoesOnCounting() throws {
        let gate = Gate()
        let origin = try FakeOrigin { .text("x", gate: $0.target == "/held" ? gate : nil) }
        try withGateway([origin], { $0.route = ["concurrency_per_client: 1"] }) { gateway in
            defer { gate.open() }
            let first = try gateway.connect()
            try first.send(request("GET", "/held"))
            try origin.waitForRequest()
            try gateway.reload { $0.timeouts = ["idle: 50s"] }
            #expect(try gateway.get().status == 429)
            try gateway.reload { $0.route = ["concurrency_per_client: 2"] }
            #expect(try gateway.get().status == 200)
            gate.open()
            #expect(try first.response().status == 200)
            try gateway.reload { $0.route = ["concurrency_per_client: 1"] }
            #expect(try gateway.get().status == 200)
        }
    }

    @Test func requestsInFlightCountForThePool() throws {
        let gate = Gate()
        let origin = try FakeOrigin { .text("x", gate: $0.target == "/held" ? gate : nil) }
        try withGateway([origin], { $0.poolMembers = ["limits: { active_requests: 1 }"] }) { gateway in
            defer { gate.open() }
            let first = try gateway.connect()
            try first.send(request("GET", "/held"))
            try origin.waitForRequest()
            try gateway.reload { $0.timeouts = ["idle: 50s"] }
            #expect(try gateway.get().status == 503)
            try gateway.reload { $0.poolMembers = ["limits: { active_requests: 2 }"] }
            #expect(try gateway.get().status == 200)
            gate.open()
            #expect(try first.response().status == 200)
        }
    }

    @Test func clientsStayWithTheirBackendByASecretThatWasMade() throws {
        let origins = try namedOrigins("a", "b", "c")
        try withGateway(origins, { $0.poolMembers = ["sticky: { cookie: seat }"] }) { gateway in
            _ = try gateway.get()
            let first = try gateway.get()
            #expect(first.text == "b")
            let cookie = try #require(first.fields["Set-Cookie"]?.split(separator: ";").first)
            try gateway.reload { $0.backends = [origins[2].url, origins[1].url] }
            for _ in 0..<4 {
                let response = try gateway.connect().exchange(request(fields: ["Cookie: \(cookie)"]))
                #expect(response.text == "b")
                #expect(response.fields["Set-Cookie"] == nil)
            }
        }
    }
}
