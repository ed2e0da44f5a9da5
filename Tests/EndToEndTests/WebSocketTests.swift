// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// A WebSocket library that others wrote, on both ends: Python's `websockets`.
@Suite(.threads(.few)) struct WebSocketTests {
    /// The checks are the script's; a missing library or a check that did not run fails this test.
    @Test func libraryOnBothEndsPassesItsEchoTests() throws {
        let server = try peer("serve")
        let line = try server.standardOutput.wait(forPrefix: "PORT ")
        let backend = "http://127.0.0.1:\(line.dropFirst(5))"
        try withGateway([], { $0.backends = [backend] }) { gateway in
            try gateway.waitUntilHealthy([backend])
            let client = try peer("check", "\(gateway.port)")
            let exit = try client.waitForExit(until: .after(seconds: 180))
            let said = client.standardOutput.lines
            #expect(exit == .status(0), "\((said + client.standardError.lines).joined(separator: "\n"))")
            #expect(said.count == 10 && said.allSatisfy { $0.hasPrefix("OK ") }, "\(said)")
            // The two that vanish are the only failures.
            #expect(gateway.log.lines.filter { $0.hasPrefix("ERROR: ") }.count <= 2)
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
        server.send(SIGKILL)
        try server.waitForExit()
    }

    private func peer(_ arguments: String...) throws -> ChildProcess {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        // The interpreter for which Debian's packages are installed, whatever else is in PATH.
        let script = ["/usr/bin/python3", "/\(folder)/Support/websocket-peers.py"]
        return try ChildProcess(script + arguments, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    }
}
