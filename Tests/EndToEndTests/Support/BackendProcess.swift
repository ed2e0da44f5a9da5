// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// A running `curlew backend` on a port that the kernel chose.
struct BackendProcess {
    let process: ChildProcess
    let port: UInt16

    /// Starts it and waits until it says that it runs.
    init(_ arguments: [String] = []) throws {
        process = try GatewayProcess.start(["backend", "--port", "0"] + arguments)
        let line = try process.standardOutput.wait(for: "the backend to run") { $0.contains("running on port") }[0]
        guard let port = try JSONValue(line)["port"]?.number else { throw KitError.malformed(line) }
        self.port = UInt16(port)
    }

    func connect() throws -> RawClient { try RawClient(port: port) }

    /// Tells it to stop, and waits until it has done so well.
    func stop() throws {
        process.send(SIGTERM)
        #expect(try process.waitForExit() == .status(0), "\(transcript(of: process))")
        #expect(process.standardError.lines.isEmpty)
    }
}
