// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// A server of `http2-backend.py`, which does what a request's path says.
final class HTTP2Backend {
    let url: String
    private let process: ChildProcess
    private let folder: TemporaryFolder?

    init(isTLS: Bool, protocols: String...) throws {
        let place = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        var arguments = ["/usr/bin/python3", "/\(place)/http2-backend.py"]
        folder = isTLS ? try TemporaryFolder() : nil
        if let folder {
            let own = try TestCertificate("localhost", in: folder)
            arguments += [own.certificate, own.key] + protocols
        }
        process = try ChildProcess(arguments, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        let port = try process.standardOutput.wait(forPrefix: "PORT ").dropFirst(5)
        url = "\(isTLS ? "https" : "http")://127.0.0.1:\(port)"
    }

    /// The item of `backends` that it is.
    var item: String { HTTP2Backend.item(url) }

    static func item(_ url: String) -> String {
        "{ url: \"\(url)\", http2: true\(url.hasPrefix("https") ? ", tls: { verify: false }" : "") }"
    }

    /// Lines that it has printed which begin with this.
    func said(_ prefix: String) -> [String] {
        process.standardOutput.lines.filter { $0.hasPrefix(prefix) }
    }

    /// Waits until it has printed such a line.
    @discardableResult
    func wait(for prefix: String) throws -> String {
        try process.standardOutput.wait(forPrefix: prefix)
    }

    func stop() throws {
        process.send(SIGKILL)
        try process.waitForExit()
    }
}

/// What the libcurl of the tested binary can do.
enum LibraryUnderTest {
    /// As `curlew --version` says it.
    static let version: [Int] = {
        let lines = (try? GatewayProcess.run(["--version"]).output) ?? []
        let words = lines.joined(separator: " ").split(separator: " ")
        guard let name = words.firstIndex(of: "libcurl"), name + 1 < words.count else { return [] }
        return words[name + 1].split(separator: ".").compactMap { Int($0) }
    }()

    /// See `CurlLibrary.speaksHTTP2`.
    static var speaksHTTP2: Bool { !version.lexicographicallyPrecedes([8, 10]) }
}

/// Runs `body` with a gateway before one HTTP/2 backend, which has been found healthy.
func withHTTP2Backend(
    isTLS: Bool = false,
    _ adjust: (inout GatewaySettings) -> Void = { _ in },
    _ body: (GatewayProcess, HTTP2Backend) throws -> Void
) throws {
    let backend = try HTTP2Backend(isTLS: isTLS)
    try withGateway(
        [],
        {
            $0.backends = [backend.item]
            adjust(&$0)
        },
        { gateway in
            let finding = try gateway.finding(of: backend.url)
            #expect(finding == "HEALTH: HEALTHY \(backend.url) - status: 200")
            try body(gateway, backend)
        }
    )
    try backend.stop()
}
