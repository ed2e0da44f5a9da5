// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

/// Networks and requests in flight, as clients meet them.
@Suite struct AccessServingTests {
    private func network(_ address: UInt32, _ bits: Int) -> IPNetwork {
        IPNetwork(IPAddress(ipv4: address), bits: 96 + bits, description: "")
    }

    @Test func whoIsDeniedGets403() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(routeTo: origin) {
            $0.access = AccessConfiguration()
            $0.access?.allow = [network(0x7F00_0000, 8)]
            $0.access?.deny = [network(0x7F00_0002, 32)]
        }
        let allowed = try worker.client()
        #expect(try allowed.get().status == 200)
        let denied = try RawClient(port: worker.port, from: "127.0.0.2")
        for _ in 0..<2 {
            let response = try denied.get()
            #expect(response.status == 403)
            #expect(response.fields["Proxy-Status"] == "curlew; error=http_request_denied")
            #expect(response.fields.contains("X-Request-Id"))
            #expect(!response.fields.contains("Retry-After"))
            #expect(response.text.contains("your address may not come here"))
        }
        #expect(origin.requests.count == 1)
        allowed.close()
        denied.close()
        try worker.stop()
    }

    @Test func whomATrustedProxySpeaksForCounts() throws {
        let origin = try FakeOrigin()
        let worker = try ServingWorker(origin) {
            $0.trustedProxies = TrustedProxies([network(0x7F00_0000, 8)])
            $0.routes[0].overrides.access = AccessConfiguration()
            $0.routes[0].overrides.access?.deny = [network(0xC000_0200, 24)]
        }
        let client = try worker.client()
        #expect(try client.exchange(get("X-Forwarded-For: 192.0.2.7")).status == 403)
        #expect(try client.exchange(get("X-Forwarded-For: 192.0.3.7")).status == 200)
        client.close()
        try worker.stop()
    }

    // MARK: Requests in flight

    /// A gateway that lets one client have `limit` requests, and a backend that answers when the gate is open.
    private func withHeldRequests(
        _ limit: Int,
        _ body: (ServingWorker, FakeOrigin, Gate) throws -> Void
    ) throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                if request.target == "/held" { try gate.wait() }
                try connection.send(.text("done"), to: request)
            }
        }
        let worker = try ServingWorker(routeTo: origin) { $0.concurrencyPerClient = limit }
        try body(worker, origin, gate)
        gate.open()
        try worker.stop()
    }

    private func waitForPlace(_ client: RawClient) throws {
        let deadline = Deadline.usual
        while try client.get().status != 200 {
            guard !deadline.hasPassed else { throw KitError.deadline(waitingFor: "a place among the requests") }
        }
    }

    @Test func oneRequestTooManyAtOnceIs429() throws {
        try withHeldRequests(2) { worker, origin, gate in
            let held = try (0..<2).map { _ in try worker.client() }
            for client in held { try client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n") }
            try origin.waitForRequest(2)
            let third = try worker.client()
            let response = try third.get()
            #expect(response.status == 429)
            #expect(response.fields["Retry-After"] == "1")
            #expect(response.fields["Proxy-Status"] == "curlew; error=http_request_denied")
            let other = try RawClient(port: worker.port, from: "127.0.0.2")
            #expect(try other.get().status == 200)
            gate.open()
            for client in held { #expect(try client.response().status == 200) }
            // Answered is over, at once: the next on the same connection has its place.
            for _ in 0..<20 { #expect(try third.get().status == 200) }
            for client in held + [third, other] { client.close() }
        }
    }

    /// However a request ends, its place is free.
    @Test(arguments: ["left", "reset", "backend died", "refused"]) func aPlaceIsGivenBack(how: String) throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                switch request.target {
                case "/held": try gate.wait()
                case "/dies": return
                default: try connection.send(.text("done"), to: request)
                }
            }
        }
        let worker = try ServingWorker(routeTo: origin) {
            $0.concurrencyPerClient = 1
            $0.basicAuth = BasicAuthConfiguration()
            $0.basicAuth?.users = ["a": Hashes.bcrypt]
        }
        let right = "Authorization: Basic \(base64("a:secret"))"
        for _ in 0..<5 {
            let client = try worker.client()
            switch how {
            case "left", "reset":
                let before = origin.requests.count
                try client.send("GET /held HTTP/1.1\r\nHost: a\r\n\(right)\r\n\r\n")
                try origin.waitForHead(before + 1)
                if how == "reset" { client.reset() } else { client.close() }
            case "backend died":
                try client.send("POST /dies HTTP/1.1\r\nHost: a\r\n\(right)\r\n\r\n")
                _ = try client.response()
            default:
                let wrong = "Authorization: Basic \(base64("a:wrong"))"
                #expect(try client.exchange(get(wrong)).status == 401)
            }
            let next = try worker.client()
            let deadline = Deadline.usual
            while try next.exchange(get(right)).status == 429 {
                guard !deadline.hasPassed else { throw KitError.deadline(waitingFor: "a place among the requests") }
            }
            next.close()
            client.close()
        }
        gate.open()
        try worker.stop()
    }
}
