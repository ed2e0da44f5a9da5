// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import CurlewTestKit
import Glibc
import Testing

/// A server with a certificate that nobody vouches for.
@Suite(.enabled(if: access("/usr/bin/openssl", X_OK) == 0, "openssl(1) is needed")) struct TLSTests {
    @Test func aCertificateThatNobodyVouchesForIsRefused() throws {
        let folder = try TemporaryFolder()
        let (key, certificate) = (folder.file("key"), folder.file("certificate"))
        let making = try ChildProcess(
            [
                "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ],
            environment: [:]
        )
        #expect(try making.waitForExit() == .status(0))
        let server = try ChildProcess(
            [
                "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate,
            ],
            environment: [:]
        )
        let line = try server.standardOutput.wait(forPrefix: "ACCEPT 127.0.0.1:")
        let port = try #require(line.split(separator: ":").last)

        let driver = try Driver()
        let fetch = Fetch(try driver.transfer("https://127.0.0.1:\(port)/"), "POST", body: .whole("secret"))
        #expect(try driver.finish(fetch) == .CURLE_PEER_FAILED_VERIFICATION)
        #expect(fetch.attempts.isEmpty, "nothing may be sent to somebody unknown")
        #expect(fetch.lines.isEmpty)
    }
}
