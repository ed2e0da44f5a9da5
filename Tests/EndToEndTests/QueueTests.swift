// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Requests that wait while every backend is at its max_connections.
@Suite(.threads(.few)) struct QueueTests {
    /// A gateway before one backend that has room for one request and answers each, with its path, when `gate` is open. Its
    /// admin listener tells how many wait: time that passes does not, since the gateway may not have read them yet.
    private func withBusyBackend(
        _ queue: String,
        workers: Int = 1,
        _ adjust: (inout GatewaySettings) -> Void = { _ in },
        _ body: (GatewayProcess, AdminClient, FakeOrigin, Gate) throws -> Void
    ) throws {
        let gate = Gate()
        let origin = try FakeOrigin { .text($0.target, gate: gate) }
        let settings: (inout GatewaySettings) -> Void = {
            $0.backendMembers = ["max_connections: 1"]
            $0.poolMembers = ["queue: { \(queue) }"]
            $0.workers = workers
            $0.logFormat = "json"
            adjust(&$0)
        }
        try withAdmin([origin], settings) { gateway, admin in
            defer { gate.open() }
            try body(gateway, admin, origin, gate)
        }
    }

    /// Sends a GET on a connection of its own.
    private func send(_ target: String, to gateway: GatewayProcess) throws -> RawClient {
        let client = try gateway.connect()
        try client.send(request("GET", target))
        return client
    }

    @Test func requestsWaitInTheOrderInWhichTheyCame() throws {
        try withBusyBackend("size: 10, timeout: 60s") { gateway, admin, origin, gate in
            let whole = Stopwatch()
            var clients = [try send("/0", to: gateway)]
            try origin.waitForRequest()
            for number in 1...4 {
                clients.append(try send("/\(number)", to: gateway))
                try admin.wait(for: "queued", toBe: number)
            }
            // Now all of them wait, and the time that they do is looked at.
            let wait = Stopwatch()
            #expect(clients[1].staysSilent(for: 0.1))
            #expect(origin.requests.count == 1)
            let shortest = wait.seconds * 1000
            gate.open()
            for (number, client) in clients.enumerated() { #expect(try client.response().text == "/\(number)") }
            #expect(origin.requests.map(\.target) == ["/0", "/1", "/2", "/3", "/4"])
            let longest = whole.seconds * 1000
            let records = try gateway.log.waitForRecords("RESPONSE", count: 5)
            #expect(records.map { $0["path"]?.string } == ["/0", "/1", "/2", "/3", "/4"])
            #expect(records[0]["queue_ms"] == nil)
            for record in records.dropFirst() {
                #expect(try (shortest...longest).contains(#require(record["queue_ms"]?.number)))
            }
        }
    }

    @Test func whoWaitsTooLongIsToldSo() throws {
        try withBusyBackend("timeout: 200ms") { gateway, _, origin, gate in
            let first = try send("/first", to: gateway)
            try origin.waitForRequest()
            let second = try send("/second", to: gateway)
            let response = try second.response()
            #expect(response.status == 503)
            #expect(response.fields["Retry-After"] == "1")
            #expect(
                response.fields["Proxy-Status"]
                    == "curlew; error=connection_limit_reached; details=\"queue.timeout has passed\""
            )
            #expect(response.text.contains("as much to do as they may have at once; try again soon"))
            let record = try gateway.log.waitForRecords("RESPONSE", count: 1)[0]
            // The time limit counts from when the gateway woke up, as the duration does. Where it stands in the queue only a
            // moment later, and that moment may be long.
            let duration = try #require(record["duration_ms"]?.number)
            #expect(duration >= 200)
            #expect(try #require(record["queue_ms"]?.number) <= duration)
            #expect(record["attempts"]?.number == 0)
            // Nothing is wrong with the connection.
            gate.open()
            #expect(try first.response().text == "/first")
            #expect(try second.get("/third").text == "/third")
        }
    }

    @Test func moreThanMayWaitAreToldSoAtOnce() throws {
        try withBusyBackend("size: 1, timeout: 60s") { gateway, admin, origin, gate in
            let first = try send("/first", to: gateway)
            try origin.waitForRequest()
            let second = try send("/second", to: gateway)
            try admin.wait(for: "queued", toBe: 1)
            let response = try gateway.get("/third")
            #expect(response.status == 503)
            #expect(response.fields["Retry-After"] == "1")
            #expect(response.fields["Proxy-Status"]?.contains("details=\"queue.size is reached\"") == true)
            gate.open()
            #expect(try first.response().text == "/first")
            #expect(try second.response().text == "/second")
            #expect(try gateway.get("/fourth").text == "/fourth")
        }
    }

    @Test func withoutAQueueTheAnswerComesAtOnce() throws {
        try withBusyBackend("size: 0, timeout: 60s") { gateway, _, origin, gate in
            let first = try send("/first", to: gateway)
            try origin.waitForRequest()
            #expect(try gateway.get().status == 503)
            gate.open()
            #expect(try first.response().status == 200)
        }
    }

    @Test func whoLeavesGivesItsPlaceUp() throws {
        try withBusyBackend("size: 1, timeout: 60s") { gateway, admin, origin, gate in
            let first = try send("/first", to: gateway)
            try origin.waitForRequest()
            let second = try send("/second", to: gateway)
            try admin.wait(for: "queued", toBe: 1)
            second.close()
            let record = try gateway.log.waitForRecords("RESPONSE", count: 1)[0]
            #expect(record["status"]?.number == 499)
            #expect(record["queue_ms"] != nil)
            try admin.wait(for: "queued", toBe: 0)
            let third = try send("/third", to: gateway)
            try admin.wait(for: "queued", toBe: 1)
            gate.open()
            #expect(try first.response().text == "/first")
            #expect(try third.response().text == "/third")
            #expect(origin.requests.map(\.target) == ["/first", "/third"])
        }
    }

    @Test func totalTimeoutEndsTheWait() throws {
        let routes = "  - { pool: web, path: /second, timeouts: { total: 400ms } }\n  - { pool: web }"
        try withBusyBackend("timeout: 60s", { $0.routes = routes }) { gateway, _, origin, gate in
            let first = try send("/first", to: gateway)
            try origin.waitForRequest()
            #expect(try gateway.get("/second").status == 504)
            gate.open()
            #expect(try first.response().text == "/first")
            #expect(origin.requests.count == 1)
        }
    }

    @Test func drainEndsTheWait() throws {
        try withBusyBackend("timeout: 60s", { $0.drainTimeout = "300ms" }) { gateway, admin, origin, gate in
            let first = try send("/first", to: gateway)
            try origin.waitForRequest()
            let second = try send("/second", to: gateway)
            try admin.wait(for: "queued", toBe: 1)
            gateway.process.send(SIGTERM)
            #expect(try second.response().status == 503)
            #expect(try first.response().status == 503)
        }
    }

    @Test func whoWaitsWhenTheLastBackendGoesIsToldThatThereIsNone() throws {
        try withBusyBackend("timeout: 60s") { gateway, admin, origin, gate in
            let first = try send("/first", to: gateway)
            try origin.waitForRequest()
            let second = try send("/second", to: gateway)
            try admin.wait(for: "queued", toBe: 1)
            origin.stop()
            #expect(try first.response().status == 502)
            let response = try second.response()
            #expect(response.fields["Proxy-Status"] == "curlew; error=destination_unavailable")
        }
    }

    /// Whose request ends need not be the worker at which another waits, and never are two at the backend.
    @Test func placesGoFromWorkerToWorker() throws {
        let busy = Monitor<(now: Int, most: Int)>((0, 0))
        let origin = try FakeOrigin { (_: ReceivedRequest) in
            busy.change {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            // Long enough for a second one to be seen beside it.
            usleep(500)
            busy.change { $0.now -= 1 }
            return OriginResponse.text("done")
        }
        let settings: (inout GatewaySettings) -> Void = {
            $0.backendMembers = ["max_connections: 1"]
            $0.poolMembers = ["queue: { size: 100, timeout: 20s }"]
            $0.workers = 2
        }
        try withGateway([origin], settings) { gateway in
            try concurrently(16) { _ in
                let client = try gateway.connect()
                for _ in 0..<20 { #expect(try client.get().text == "done") }
            }
            #expect(busy.read { $0.most } == 1)
            #expect(origin.requests.count == 320)
        }
    }

    @Test func sizeHoldsOverAllWorkers() throws {
        try withBusyBackend("size: 3, timeout: 60s", workers: 2) { gateway, admin, origin, gate in
            let first = try send("/first", to: gateway)
            try origin.waitForRequest()
            let clients = try (0..<12).map { try send("/\($0)", to: gateway) }
            // Nine are told at once; the others wait.
            let refused = try gateway.log.waitForRecords("RESPONSE", count: 9)
            #expect(refused.allSatisfy { $0["status"]?.number == 503 })
            try admin.wait(for: "queued", toBe: 3)
            gate.open()
            #expect(try first.response().status == 200)
            let statuses = try clients.map { try $0.response().status }
            #expect(statuses.filter { $0 == 200 }.count == 3)
            #expect(statuses.filter { $0 == 503 }.count == 9)
        }
    }
}
