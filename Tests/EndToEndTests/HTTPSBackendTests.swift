// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// The certificate of a backend is verified. That one from a known authority is accepted cannot be tested here, since the
/// authorities are those of the system.
@Suite(.threads(.few), .enabled(if: access("/usr/bin/openssl", X_OK) == 0, "needs the openssl command"))
struct HTTPSBackendTests {
    /// A TLS server with a certificate that nobody has signed, and its port.
    private func selfSignedServer(in folder: TemporaryFolder) throws -> (ChildProcess, UInt16) {
        let (key, certificate) = (folder.file("key.pem"), folder.file("certificate.pem"))
        let made = try ChildProcess(
            ["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
                + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
                + ["-keyout", key, "-out", certificate],
            environment: [:]
        )
        #expect(try made.waitForExit() == .status(0))
        // With port 0 the kernel chooses, and s_server says "ACCEPT 0.0.0.0:PORT".
        let server = try ChildProcess(
            ["/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate],
            environment: [:]
        )
        let line = try server.standardOutput.wait(forPrefix: "ACCEPT")
        return (server, try #require(line.split(separator: ":").last.flatMap { UInt16($0) }))
    }

    @Test func certificateThatCannotBeVerifiedIsRefused() throws {
        let folder = try TemporaryFolder()
        let (server, port) = try selfSignedServer(in: folder)
        try withGateway([], { $0.backends = ["https://127.0.0.1:\(port)"] }) { gateway in
            let line = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY https://127.0.0.1:\(port) - ")
            #expect(line.lowercased().contains("certificate"))
            #expect(try gateway.get().status == 503)
        }
        server.send(SIGKILL)
    }

    @Test func requestIsNotSentToABackendThatCannotProveItself() throws {
        let folder = try TemporaryFolder()
        let (server, port) = try selfSignedServer(in: folder)
        let other = try FakeOrigin("b")
        let url = "https://127.0.0.1:\(port)"
        try withGateway([other], { $0.backends.insert(url, at: 0) }) { gateway in
            // Nothing was sent, so even this one goes on to the next backend.
            for _ in 0..<3 {
                let answer = try gateway.connect().exchange(request("POST", body: "secret"))
                #expect(answer.text == "b")
            }
            #expect(!gateway.log.lines.contains { $0.hasPrefix("RESPONSE: ") && $0.contains(url) })
        }
        server.send(SIGKILL)
    }

    @Test func plainServerBehindHTTPSIsAFailure() throws {
        let plain = try FakeOrigin()
        let url = "https://127.0.0.1:\(plain.endpoint.port)"
        try withGateway([], { $0.backends = [url] }) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(url) - ")
            #expect(plain.requests.isEmpty)
        }
    }
}
