// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@Suite(.threads(.few)) struct GracefulDrainTests {
    @Test(arguments: [SIGTERM, SIGINT]) func requestInFlightFinishesAndTheProcessEnds(signal: Int32) throws {
        let gate = Gate()
        let origin = try FakeOrigin { $0.target == "/slow" ? .text("done", gate: gate) : .text("quick") }
        try withGateway([origin], { $0.drainTimeout = "9s" }) { gateway in
            let idle = try gateway.connect()
            #expect(try idle.get().status == 200)
            let busy = try gateway.connect()
            try busy.send(request("GET", "/slow"))
            try origin.waitForRequest(2)

            gateway.process.send(signal)
            #expect(try idle.waitForClose().isEmpty)
            try expectRefusal(gateway)
            #expect(gateway.process.isRunning)

            gate.open()
            let response = try busy.response()
            #expect(response.status == 200)
            #expect(response.text == "done")
            #expect(response.fields.lists("close", in: "Connection"))
            #expect(try busy.waitForClose().isEmpty)
            // It does not sit out the 9 seconds when nothing is left to wait for.
            #expect(try gateway.process.waitForExit(until: .after(seconds: 5)) == .status(0))
        }
    }

    @Test func bodyThatIsStreamingFinishes() throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
                try gate.wait()
                try connection.send("rest!")
            }
        }
        try withGateway([origin], { $0.drainTimeout = "9s" }) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            var response = try client.head()
            gateway.process.send(SIGTERM)
            try expectRefusal(gateway)
            gate.open()
            try client.readBody(of: &response)
            #expect(response.isComplete)
            #expect(response.text == "firstrest!")
        }
    }

    @Test func drainTimeoutBoundsTheWait() throws {
        let origin = try StubbornOrigin.neverAnswering()
        try withGateway([origin], { $0.drainTimeout = "300ms" }) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            try origin.waitForRequest()
            let watch = Stopwatch()
            gateway.process.send(SIGTERM)
            #expect(try gateway.process.waitForExit(until: .after(seconds: 5)) == .status(0))
            #expect(watch.seconds >= 0.25)
            // The client is told or cut off, but never given something that looks like the backend's answer.
            if let response = try? client.response() { #expect(response.status >= 500) }
        }
    }

    @Test(arguments: [SIGTERM, SIGINT]) func secondSignalEndsTheWait(signal: Int32) throws {
        let origin = try StubbornOrigin.neverAnswering()
        try withGateway([origin], { $0.drainTimeout = "60s" }) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            try origin.waitForRequest()
            let watch = Stopwatch()
            try gateway.process.stopAtOnce(signal)
            #expect(watch.seconds < 5 * Deadline.scale)
        }
    }

    /// `timeout` signals its child and then its group, in which the child is: both within a few microseconds.
    @Test(arguments: [[SIGTERM, SIGTERM], [SIGINT, SIGINT], [SIGTERM, SIGINT]])
    func aSignalThatIsHeardTwiceSkipsNothing(signals: [Int32]) throws {
        let gate = Gate()
        let origin = try FakeOrigin { _ in .text("done", gate: gate) }
        try withGateway([origin], { $0.drainTimeout = "60s" }) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            try origin.waitForRequest()
            gateway.process.send(signals[0])
            try gateway.log.wait(for: "the drain") { $0.contains("finishing requests in flight") }
            gateway.process.send(signals[1])
            try gateway.log.wait(for: "the second signal") { $0.contains("again within a second, taken for the same") }
            gate.open()
            #expect(try client.response().text == "done")
            #expect(try gateway.process.waitForExit() == .status(0))
        }
    }

    @Test func connectionWithoutARequestHoldsNothingUp() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.drainTimeout = "9s" }) { gateway in
            let silent = try gateway.connect()
            let clients = try (0..<20).map { _ in try gateway.connect() }
            for client in clients {
                #expect(try client.get().status == 200)
            }
            gateway.process.send(SIGTERM)
            #expect(try gateway.process.waitForExit(until: .after(seconds: 5)) == .status(0))
            for client in clients + [silent] {
                #expect(try client.waitForClose().isEmpty)
            }
        }
    }

    @Test func everythingLoggedBeforeTheEndIsWritten() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<200 {
                #expect(try client.get().status == 200)
            }
            gateway.process.send(SIGTERM)
            #expect(try gateway.process.waitForExit() == .status(0))
            #expect(gateway.log.lines.filter { $0.hasPrefix("RESPONSE: ") }.count == 200)
        }
    }

    @Test func pipelinedRequestsThatWereReceivedAreNotLostInSilence() throws {
        let gate = Gate()
        let origin = try FakeOrigin { .text($0.target, gate: gate) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/1") + request("GET", "/2"))
            try origin.waitForRequest()
            gateway.process.send(SIGTERM)
            try expectRefusal(gateway)
            gate.open()
            // The answer to the first says that it is the last, or the second is answered too.
            let first = try client.response()
            #expect(first.text == "/1")
            if !first.fields.lists("close", in: "Connection") { #expect(try client.response().text == "/2") }
        }
    }

    /// Waits until the gateway has stopped listening.
    private func expectRefusal(_ gateway: GatewayProcess) throws {
        let deadline = Deadline.usual
        while !deadline.hasPassed {
            guard let client = try? gateway.connect() else { return }
            // Whoever slips in before the listener is closed must be turned away, not left to hang.
            _ = try client.waitForClose()
        }
        throw KitError.deadline(waitingFor: "the gateway to refuse connections")
    }
}
