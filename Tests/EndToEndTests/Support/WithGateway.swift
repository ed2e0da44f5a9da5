// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Runs `body` with a gateway before `origins`, which are its backends in this order.
///
/// The gateway has pinged every healthy origin before `body` begins. Whatever the test is about, it also fails when the
/// gateway sent an origin something that is not HTTP/1.1, crashed, or did not stop cleanly on SIGTERM.
func withGateway(
    _ origins: [FakeOrigin],
    _ adjust: (inout GatewaySettings) -> Void = { _ in },
    _ body: (GatewayProcess) throws -> Void
) throws {
    var settings = GatewaySettings(backends: origins.map(\.url))
    adjust(&settings)
    let gateway = try GatewayProcess(settings)
    do {
        try gateway.waitUntilHealthy(origins.filter { $0.isHealthy && settings.backends.contains($0.url) }.map(\.url))
        try body(gateway)
    } catch {
        throw KitError.process("\(error)\n--- log ---\n\(transcript(of: gateway.process))")
    }
    for origin in origins {
        #expect(origin.faults.isEmpty, "the gateway sent \(origin.url) malformed HTTP")
        origin.stop()
    }
    gateway.process.send(SIGTERM)
    let exit = try gateway.process.waitForExit()
    #expect(exit == .status(0), "the gateway did not stop cleanly:\n\(transcript(of: gateway.process))")
    let complaints = gateway.process.standardError.lines.filter {
        $0.contains("Sanitizer") || $0.contains("Fatal error")
    }
    #expect(complaints.isEmpty)
}

/// The last lines that a process wrote, for the message of a failed test.
func transcript(of process: ChildProcess) -> String {
    (process.standardOutput.lines.suffix(30) + ["--- standard error ---"] + process.standardError.lines.suffix(60))
        .joined(separator: "\n")
}

/// A request without a body.
func request(_ method: String = "GET", _ target: String = "/", fields: [String] = [], version: String = "1.1") -> String
{
    "\(method) \(target) HTTP/\(version)\r\nHost: test.example\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n"
}

/// A request with a body announced by `Content-Length`.
func request(_ method: String, _ target: String = "/", fields: [String] = [], body: String) -> String {
    request(method, target, fields: fields + ["Content-Length: \(body.utf8.count)"]) + body
}

/// Origins that answer every request with their own name.
func namedOrigins(_ names: String...) throws -> [FakeOrigin] {
    try names.map { try FakeOrigin($0) }
}

/// Calls `body` on `count` threads at once, each with its number, and throws the first error.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let failures = Monitor<[String]>([])
    let threads = (0..<count).map { number in
        BackgroundThread {
            do { try body(number) } catch { failures.change { $0.append("\(error)") } }
        }
    }
    for thread in threads {
        try thread.join(until: .after(seconds: 60))
    }
    if let first = failures.read({ $0.first }) { throw KitError.process(first) }
}
