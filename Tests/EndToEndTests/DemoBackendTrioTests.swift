// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// `curlew demo`: three backends and the gateway in one process.
@Suite(.threads(.few)) struct DemoBackendTrioTests {
    @Test func showsWhatANewcomerIsPromised() throws {
        let (process, port, first) = try startDemo()
        let urls = (first..<first + 3).map { "http://localhost:\($0)" }
        for url in urls { try process.standardOutput.wait(forLine: "HEALTH: HEALTHY \(url) - status: 200") }
        // As a person would: each request when the one before is seen to be answered.
        let answers = try urls.map { url in
            let text = try RawClient(port: port).get().text
            _ = try process.standardOutput.wait(forPrefix: "RESPONSE: GET / <- \(url) ")
            return text
        }
        #expect(answers == (first..<first + 3).map { "Hello from backend-\($0)\n" })
        process.send(SIGTERM)
        #expect(try process.waitForExit() == .status(0))

        let lines = process.standardOutput.lines
        #expect(lines.first == "INFO: Load balancer running on port \(port)")
        #expect(Set(lines[1...3]) == Set(urls.map { "HEALTH: HEALTHY \($0) - status: 200" }))
        for (index, url) in urls.enumerated() {
            #expect(lines[4 + 2 * index] == "REQUEST: GET / -> \(url)")
            #expect(lines[5 + 2 * index].hasPrefix("RESPONSE: GET / <- \(url) [200] "))
        }
        // The backends say nothing; what follows is the gateway's end.
        #expect(lines[10...].allSatisfy { $0.hasPrefix("INFO: ") })
        #expect(process.standardError.lines.isEmpty)
    }

    @Test func backendsOutliveTheRequestsInFlight() throws {
        let (process, port, _) = try startDemo()
        let client = try RawClient(port: port)
        try client.send(request("GET", "/delay/300ms"))
        _ = try process.standardOutput.wait(forPrefix: "REQUEST: GET /delay/300ms -> ")
        process.send(SIGINT)
        #expect(try client.response().status == 200)
        #expect(try process.waitForExit() == .status(0))
    }

    @Test func saysWhichBackendPortIsTaken() throws {
        let backend = try BackendProcess()
        let demo = try GatewayProcess.run(["demo", "--listen", "127.0.0.1:0", "--backend-port", "\(backend.port)"])
        #expect(demo.exit == .status(1))
        #expect(demo.output.isEmpty)
        #expect(demo.errors.count == 1)
        #expect(demo.errors.first?.contains("stop what listens on port \(backend.port)") == true)
        #expect(demo.errors.first?.contains("--backend-port") == true)
        try backend.stop()
    }

    /// Starts the demo, and returns its port and that of its first backend. Backends need ports in a row, which no kernel
    /// gives, so one that is taken is a reason to try elsewhere.
    private func startDemo() throws -> (ChildProcess, port: UInt16, firstBackend: UInt16) {
        for attempt in 1... {
            let base = PortRow.start()
            let ports = ["--listen", "127.0.0.1:0", "--backend-port", "\(base)"]
            let process = try GatewayProcess.start(["demo", "--log-format", "text"] + ports)
            do {
                return (process, try GatewayProcess.announcedPort(of: process), base)
            } catch  where attempt < 5 {
                continue
            }
        }
        throw KitError.process("unreachable")
    }
}
