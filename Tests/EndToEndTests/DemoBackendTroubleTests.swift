// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// How `curlew backend` fails when it is told to, and how it bears large bodies and its own end.
@Suite(.threads(.few)) struct DemoBackendTroubleTests {
    @Test func failsWithAStatus() throws {
        let backend = try BackendProcess(["--fail", "100%"])
        let client = try backend.connect()
        for _ in 0..<3 { #expect(try client.get().status == 500) }
        try backend.stop()
    }

    @Test func failsWithAReset() throws {
        let backend = try BackendProcess(["--fail", "100%", "--fail-with", "reset"])
        #expect(throws: KitError.reset) { try backend.connect().get() }
        try backend.stop()
    }

    @Test func hangsUntilItIsStopped() throws {
        let backend = try BackendProcess(["--fail", "100%", "--fail-with", "hang"])
        let client = try backend.connect()
        try client.send(request())
        #expect(client.staysSilent(for: 0.2))
        let watch = Stopwatch()
        try backend.stop()
        #expect(watch.seconds < 5 * Deadline.scale)
    }

    /// The share of failures is near what was asked, and each run has the same.
    @Test func failsTheShareAskedFor() throws {
        let runs = try (0..<2).map { _ in
            let backend = try BackendProcess(["--fail", "30%"])
            let client = try backend.connect()
            let answers = try (0..<200).map { _ in try client.get().status }
            try backend.stop()
            return answers
        }
        #expect(runs[0] == runs[1])
        #expect((30...90).contains(runs[0].count { $0 == 500 }))
        #expect(runs[0].allSatisfy { $0 == 200 || $0 == 500 })
    }

    @Test func sendsLargeBodiesAsTheClientTakesThem() throws {
        let backend = try BackendProcess()
        let count = 300_000_000
        let slow = try backend.connect()
        try slow.send(request("GET", "/bytes/\(1 << 40)"))
        #expect(try slow.head().fields["Content-Length"] == "\(1 << 40)")
        // The other client reads while this one does not.
        let response = try backend.connect().get("/bytes/\(count)")
        #expect(response.body.count == count)
        #expect(response.isComplete)
        let usage = try ProcessUsage(pid: backend.process.pid)
        #expect(usage.isSanitized || usage.peakResident < 100 << 20)
        slow.close()
        try backend.stop()
    }

    @Test func dropsLargeRequestBodies() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        let count = 300_000_000
        try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(count)\r\n\r\n")
        try client.sendPattern(count)
        #expect(try client.response(to: "POST").text.hasSuffix("[\(count) bytes of body]\n"))
        let usage = try ProcessUsage(pid: backend.process.pid)
        #expect(usage.isSanitized || usage.peakResident < 100 << 20)
        try backend.stop()
    }

    @Test func finishesRequestsInFlightWhenStopped() throws {
        let backend = try BackendProcess()
        let client = try backend.connect()
        let idle = try backend.connect()
        #expect(try idle.get().status == 200)
        try client.send(request("GET", "/delay/300ms"))
        // The worker has read it when it answers another connection's request that came later.
        #expect(try idle.get().status == 200)
        try backend.stop()
        let response = try client.response()
        #expect(response.status == 200)
        #expect(response.fields["Connection"] == "close")
        #expect(try idle.waitForClose() == [])
    }

    @Test func saysWhichPortIsTaken() throws {
        let backend = try BackendProcess()
        let second = try GatewayProcess.run(["backend", "--port", "\(backend.port)"])
        #expect(second.exit == .status(1))
        #expect(second.output.isEmpty)
        #expect(second.errors.count == 1)
        #expect(second.errors.first?.contains("stop what listens on port \(backend.port)") == true)
        #expect(second.errors.first?.contains("--port") == true)
        try backend.stop()
    }
}
