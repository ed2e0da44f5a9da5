// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// A changed configuration: applied wholly or not at all, and nobody who is being served notices.
@Suite(.threads(.few)) struct ReloadTests {
    /// The texts of so many answers, sorted.
    private func answers(_ count: Int, from gateway: GatewayProcess) throws -> [String] {
        try (0..<count).map { _ in
            let response = try gateway.get()
            #expect(response.status == 200)
            return response.text
        }.sorted()
    }

    @Test func backendsComeAndGo() throws {
        let origins = try namedOrigins("a", "b", "c")
        let urls = origins.map(\.url)
        try withGateway(origins, { $0.backends = Array(urls[..<2]) }) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().text == "a")
            #expect(try answers(4, from: gateway) == ["a", "a", "b", "b"])
            let said = try gateway.reload { $0.backends = Array(urls[1...]) }
            #expect(said.contains("changed: pool web +\(urls[2]) -\(urls[0])"))
            try gateway.waitUntilHealthy([urls[2]])
            #expect(try answers(6, from: gateway) == ["b", "b", "b", "c", "c", "c"])
            // The client has noticed nothing, and the backend that stayed has kept its connection.
            #expect(try ["b", "c"].contains(client.get().text))
            #expect(origins[1].connections.count == 1)
        }
    }

    /// Whatever is done about the file is done by the thread that hears signals and pings.
    @Test func aPipeInPlaceOfTheFileIsRefusedAndKeepsNothingWaiting() throws {
        try withGateway(try namedOrigins("a"), { $0.top = ["reload_on_change: 50ms"] }) { gateway in
            #expect(unlink(gateway.file) == 0 && mkfifo(gateway.file, 0o600) == 0)
            let refusal = "ERROR: curlew: \(gateway.file): this is a pipe, and a file is wanted that can be read again"
            try gateway.log.wait(for: "the change to be refused") { $0.hasPrefix(refusal) }
            gateway.process.send(SIGHUP)
            try gateway.log.wait(for: "SIGHUP to be refused") {
                $0 == "ERROR: SIGHUP: the configuration stays as it was, since the new one has been refused"
            }
            #expect(try answers(1, from: gateway) == ["a"])
        }
    }

    @Test func anInvalidFileChangesNothingAndTheLogSaysWhy() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins) { gateway in
            try gateway.rewrite {
                $0.backends = ["ftp://x"]; $0.top = ["bananas: 3"]
            }
            gateway.process.send(SIGHUP)
            let refusal = "ERROR: SIGHUP: the configuration stays as it was, since the new one has been refused"
            try gateway.log.wait(for: "the refusal") { $0 == refusal }
            let problems = gateway.log.lines.filter { $0.hasPrefix("ERROR: \(gateway.file):") }
            #expect(problems.count == 2)
            for problem in problems {
                let place = problem.dropFirst("ERROR: \(gateway.file):".count).split(separator: ":").prefix(2)
                #expect(place.count == 2 && place.allSatisfy { Int($0) != nil } && problem.contains("(hint: "))
            }
            #expect(try answers(2, from: gateway) == ["a", "b"])
            // And it can be put right.
            let said = try gateway.reload {
                $0.backends = [origins[0].url]
                $0.top = []
            }
            #expect(said.contains("-\(origins[1].url)"))
            #expect(try answers(2, from: gateway) == ["a", "a"])
        }
    }

    @Test func aFileThatHasNotChangedChangesNothing() throws {
        try withGateway(try namedOrigins("a")) { gateway in
            let said = try gateway.reload()
            #expect(said.hasSuffix("configuration reloaded, nothing has changed"))
        }
    }

    @Test func whatOnlyARestartCanChangeIsNamedAndTheRestIsApplied() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.backends = [origins[0].url] }) { gateway in
            let said = try gateway.reload {
                $0.workers = 2; $0.backends = [origins[1].url]
            }
            #expect(said.hasSuffix("; workers can only change at a restart"))
            #expect(try answers(1, from: gateway) == ["b"])
        }
    }

    @Test func aRequestInFlightAtARemovedBackendFinishesAndThenItsConnectionCloses() throws {
        let gate = Gate()
        let old = try FakeOrigin { .text("old \($0.target)", gate: gate) }
        let new = try FakeOrigin("new")
        try withGateway([old, new], { $0.backends = [old.url] }) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/1"))
            try old.waitForRequest()
            try gateway.reload { $0.backends = [new.url] }
            #expect(try answers(2, from: gateway) == ["new", "new"])
            #expect(client.staysSilent(for: 0.1))
            gate.open()
            #expect(try client.response().text == "old /1")
            _ = try old.waitForEnd(ofConnection: old.connections[0].number)
            #expect(try client.get("/2").text == "new")
            #expect(old.requests.count == 1)
        }
    }

    @Test func anIdleConnectionToARemovedBackendCloses() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.backends = [origins[0].url] }) { gateway in
            #expect(try answers(1, from: gateway) == ["a"])
            try gateway.reload { $0.backends = [origins[1].url] }
            _ = try origins[0].waitForEnd(ofConnection: origins[0].connections[0].number)
        }
    }

    @Test func aBackendThatIsAddedHasNoRequestBeforeItsFirstPingIsAnswered() throws {
        let origin = try FakeOrigin("a")
        let gate = Gate()
        // Its pings take until the gate opens.
        let slow = try FakeOrigin { .text($0.target == "/ping" ? "" : "slow", gate: gate) }
        try withGateway([origin], { $0.healthPath = "/ping" }) { gateway in
            try gateway.reload { $0.backends.append(slow.url) }
            try slow.waitForRequest()
            #expect(try answers(6, from: gateway) == Array(repeating: "a", count: 6))
            gate.open()
            try gateway.waitUntilHealthy([slow.url])
            #expect(try answers(2, from: gateway) == ["a", "slow"])
        }
        slow.stop()
    }

    @Test func whereAllBackendsAreNewRequestsNeedNotWait() throws {
        let origins = try namedOrigins("a", "b")
        try withGateway(origins, { $0.backends = [origins[0].url] }) { gateway in
            try gateway.reload { $0.backends = [origins[1].url] }
            #expect(try answers(1, from: gateway) == ["b"])
        }
    }

    @Test func healthSurvives() throws {
        let origins = try namedOrigins("a", "b", "c")
        try withGateway(origins, { $0.backends = origins[..<2].map(\.url) }) { gateway in
            // A failed request takes it out, and its next ping is an hour away.
            origins[0].refuse()
            #expect(try answers(2, from: gateway) == ["b", "b"])
            try gateway.log.wait(for: "it to go") { $0.hasPrefix("HEALTH: UNHEALTHY \(origins[0].url)") }
            let failures = gateway.log.lines.count { $0.hasPrefix("ERROR: ") }
            try gateway.reload { $0.backends = origins.reversed().map(\.url) }
            try gateway.waitUntilHealthy([origins[2].url])
            #expect(try answers(6, from: gateway) == ["b", "b", "b", "c", "c", "c"])
            #expect(gateway.log.lines.count { $0.hasPrefix("ERROR: ") } == failures)
        }
    }

    @Test func whatIsLoggedChanges() throws {
        try withGateway(try namedOrigins("a")) { gateway in
            try gateway.reload { $0.log = ["access: off"] }
            _ = try gateway.get("/unseen")
            try gateway.reload { $0.log = [] }
            _ = try gateway.get("/seen")
            try gateway.log.wait(for: "the record") { $0.hasPrefix("RESPONSE: GET /seen") }
            #expect(!gateway.log.lines.contains { $0.contains("/unseen") })
        }
    }
}
