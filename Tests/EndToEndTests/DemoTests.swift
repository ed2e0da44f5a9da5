// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

@Suite(.threads(.few)) struct DemoTests {
    @Test func backendAnswersAndStops() throws {
        let process = try GatewayProcess.start(["backend", "--port", "0", "--name", "test-backend"])
        let lines = try process.standardOutput.wait(for: "the port of the backend") { $0.contains(/\d{4,5}/) }
        let port = try #require(lines[0].matches(of: /\d{4,5}/).compactMap { UInt16($0.0) }.last)
        let client = try RawClient(port: port)
        for _ in 0..<3 {
            let response = try client.get()
            #expect(response.status == 200)
            #expect(response.text.contains("test-backend"))
        }
        process.send(SIGTERM)
        #expect(try process.waitForExit() == .status(0))
    }

    @Test func backendFailsAndDelaysAsTold() throws {
        let process = try GatewayProcess.start(["backend", "--port", "0", "--delay", "100ms", "--fail", "100%"])
        let lines = try process.standardOutput.wait(for: "the port of the backend") { $0.contains(/\d{4,5}/) }
        let port = try #require(lines[0].matches(of: /\d{4,5}/).compactMap { UInt16($0.0) }.last)
        let watch = Stopwatch()
        #expect(try RawClient(port: port).get().status >= 500)
        #expect(watch.seconds >= 0.09)
    }

    @Test func demoRunsThreeBackendsAndTheGateway() throws {
        let (process, port) = try startDemo()
        let answers = try (0..<6).map { _ in try RawClient(port: port).get() }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(Set(answers.map(\.text)).count == 3)
        process.send(SIGTERM)
        #expect(try process.waitForExit() == .status(0))
    }

    /// Starts the demo. Its three backends need ports in a row, which no kernel gives, so one that is taken is a reason
    /// to try elsewhere.
    private func startDemo() throws -> (ChildProcess, UInt16) {
        for attempt in 1... {
            let ports = ["--listen", "127.0.0.1:0", "--backend-port", "\(PortRow.start())"]
            let process = try GatewayProcess.start(["demo", "--log-format", "text"] + ports)
            do {
                return (process, try GatewayProcess.announcedPort(of: process))
            } catch  where attempt < 5 {
                continue
            }
        }
        throw KitError.process("unreachable")
    }
}
