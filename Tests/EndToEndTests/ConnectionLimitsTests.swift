// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// How many may be connected at once, and what those get who are too many.
@Suite(.threads(.few)) struct ConnectionLimitsTests {
    private func expectRefusal(_ status: Int, of client: RawClient) throws {
        // It is told so before it has asked, and long before it would have had to.
        let response = try client.response(until: .after(seconds: 8))
        #expect(response.status == status)
        #expect(response.fields.lists("close", in: "Connection"))
        #expect(response.fields["Retry-After"] == "1")
        #expect(try client.waitForClose().isEmpty)
    }

    /// The log tells of them, once for each worker in ten seconds and however many there were.
    private func expectComplaint(_ text: String, of gateway: GatewayProcess, _ workers: Int, since watch: Stopwatch)
        throws
    {
        let most = workers * (1 + Int(watch.seconds / 10))
        let complaints = try gateway.log.wait(for: "a complaint") { $0.contains(text) }
        #expect((1...most).contains(complaints.count))
    }

    @Test(arguments: [1, 2]) func thoseWhoAreInAreServedWhileOthersAreTurnedAway(workers: Int) throws {
        try withGateway(
            [try FakeOrigin()],
            {
                $0.limits = ["connections: 10"]
                $0.workers = workers
            }
        ) { gateway in
            var inside = try (0..<10).map { _ in try gateway.connect() }
            for client in inside { #expect(try client.get().status == 200) }
            let watch = Stopwatch()
            for _ in 0..<100 { try expectRefusal(503, of: gateway.connect()) }
            for client in inside { #expect(try client.get().status == 200) }
            // Exactly one leaves, and exactly one may come.
            inside.removeLast().close()
            let next = try waitForPlace(gateway)
            #expect(try next.get().status == 200)
            try expectRefusal(503, of: gateway.connect())
            try expectComplaint("limits.connections is reached", of: gateway, workers, since: watch)
        }
    }

    /// A client that is served, as soon as there is room: the gateway learns a moment later that another has left.
    private func waitForPlace(_ gateway: GatewayProcess) throws -> RawClient {
        let deadline = Deadline.usual
        while !deadline.hasPassed {
            let client = try gateway.connect()
            if (try? client.get().status) == 200 { return client }
        }
        throw KitError.deadline(waitingFor: "a place among the connections")
    }

    /// It works, and whoever restarted it for that would only throw out those whom it serves.
    @Test(arguments: ["connections", "connections_per_client"]) func aFullGatewayIsHealthy(limit: String) throws {
        try withGateway([try FakeOrigin()], { $0.limits = ["\(limit): 1"] }) { gateway in
            let inside = try gateway.connect()
            #expect(try inside.get().status == 200)
            for _ in 0..<5 {
                let asked = try GatewayProcess.run(["healthcheck", "--listen", "127.0.0.1:\(gateway.port)"])
                #expect(asked.exit == .status(0))
                #expect(asked.output.first?.hasPrefix("healthy, but every connection that limits.\(limit) ") == true)
            }
        }
    }

    @Test func clientThatSendsItsRequestLateStillReadsItsRefusal() throws {
        try withGateway([try FakeOrigin()], { $0.limits = ["connections: 1"] }) { gateway in
            let inside = try gateway.connect()
            #expect(try inside.get().status == 200)
            let late = try gateway.connect()
            #expect(!late.staysSilent(for: 8))
            // Neither sending nor what arrives at a gateway that has answered destroys the answer.
            for _ in 0..<20 { try late.send(request("POST", fields: ["Content-Length: 5"])) }
            #expect(try late.response().status == 503)
        }
    }

    @Test(arguments: [1, 2]) func oneClientMayHaveAsManyAsItsLimit(workers: Int) throws {
        try withGateway(
            [try FakeOrigin()],
            {
                $0.limits = ["connections_per_client: 3"]
                $0.workers = workers
            }
        ) { gateway in
            var inside = try (0..<3).map { _ in try gateway.connect() }
            for client in inside { #expect(try client.get().status == 200) }
            let watch = Stopwatch()
            for _ in 0..<20 { try expectRefusal(429, of: gateway.connect()) }
            for client in inside { #expect(try client.get().status == 200) }
            inside.removeLast().close()
            #expect(try waitForPlace(gateway).get().status == 200)
            let complaint = "limits.connections_per_client is reached by 127.0.0.1"
            try expectComplaint(complaint, of: gateway, workers, since: watch)
        }
    }

    @Test func everyOtherClientIsServedMeanwhile() throws {
        try withGateway([try FakeOrigin()], { $0.limits = ["connections_per_client: 1"] }) { gateway in
            let first = try gateway.connect()
            #expect(try first.get().status == 200)
            try expectRefusal(429, of: gateway.connect())
            let other = try RawClient(port: gateway.port, from: "127.0.0.2")
            #expect(try other.get().status == 200)
        }
    }

    /// Many clients come through it.
    @Test func trustedProxiesAreNotCounted() throws {
        try withGateway(
            [try FakeOrigin()],
            {
                $0.limits = ["connections_per_client: 1"]
                $0.trustedProxies = ["127.0.0.1"]
            }
        ) { gateway in
            let clients = try (0..<5).map { _ in try gateway.connect() }
            for client in clients { #expect(try client.get().status == 200) }
        }
    }

    // MARK: Descriptors

    /// Where the system allows few files, fewer clients are let in, so that those who are can be served.
    @Test func fewDescriptorsMeanFewerClientsAndNoSilence() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.descriptors = 80 }) { gateway in
            var served: [RawClient] = []
            var refused = 0
            for _ in 0..<100 {
                let client = try gateway.connect()
                let response = try client.get()
                if response.status == 200 { served.append(client) } else { refused += 1 }
                #expect([200, 503].contains(response.status))
            }
            #expect(served.count >= 5)
            #expect(refused >= 20)
            // All of them at once, each with a connection to the backend.
            for client in served { try client.send(request()) }
            for client in served { #expect(try client.response().status == 200) }
            #expect(try gateway.usage.descriptors <= 80)
            for client in served { client.close() }
            #expect(try waitForPlace(gateway).get().status == 200)
        }
    }

    /// Something else has taken them all: those who are connected are served, the others wait, and nobody is lost.
    @Test func clientsWaitWhileNoDescriptorIsLeft() throws {
        try withGateway([try FakeOrigin()]) { gateway in
            var inside = try (0..<10).map { _ in try gateway.connect() }
            for client in inside { #expect(try client.get().status == 200) }
            try limitDescriptors(of: gateway, to: gateway.usage.descriptors)
            let waiting = try (0..<20).map { _ in try gateway.connect() }
            try gateway.log.wait(for: "the complaint") { $0.contains("cannot accept clients: Too many open files") }
            for client in inside { #expect(try client.get().status == 200) }
            let last = try #require(waiting.last)
            try last.send(request())
            #expect(last.staysSilent(for: 0.2))
            // Some leave, and as many are let in.
            for client in inside.prefix(5) { client.close() }
            inside.removeFirst(5)
            #expect(try waiting[0].get().status == 200)
            try limitDescriptors(of: gateway, to: 1024)
            #expect(try last.response().status == 200)
            for client in inside + waiting { #expect(try client.get().status == 200) }
            #expect(gateway.log.lines.filter { $0.contains("cannot accept clients") }.count < 5)
        }
    }

    private func limitDescriptors(of gateway: GatewayProcess, to count: Int) throws {
        let process = try ChildProcess(
            ["/usr/bin/prlimit", "--pid", "\(gateway.pid)", "--nofile=\(count):"],
            environment: [:]
        )
        #expect(try process.waitForExit() == .status(0))
    }
}
