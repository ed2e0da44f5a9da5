// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Files that the configuration names and that were renewed where they are: SIGHUP has them read again.
@Suite struct ReloadFilesTests {
    private let folder: TemporaryFolder
    private let backend: TestCertificate
    private let old: TestCertificate
    private let new: TestCertificate

    init() throws {
        folder = try TemporaryFolder()
        backend = try TestCertificate("api.internal", in: folder)
        old = try TestCertificate("old.internal", in: folder)
        new = try TestCertificate("new.internal", in: folder)
    }

    private func copy(_ path: String, to name: String) throws -> String {
        try folder.write(try #require(TemporaryFolder.read(path)), to: name)
    }

    private func withBackend(
        _ tls: String,
        _ arguments: String...,
        body: (GatewayProcess, String) throws -> Void
    ) throws {
        let peer =
            if let authority = arguments.first {
                try ConnectionPeer("backend", backend.certificate, backend.key, authority)
            } else {
                try ConnectionPeer("backend", backend.certificate, backend.key)
            }
        let url = "https://127.0.0.1:\(peer.port)"
        let item = "{ url: \"\(url)\", sni: api.internal, tls: { \(tls) } }"
        try withGateway([], { $0.backends = [item] }) { gateway in
            let finding = try gateway.finding(of: url)
            #expect(finding == "HEALTH: HEALTHY \(url) - status: 200")
            try body(gateway, url)
        }
    }

    @Test func renewedClientCertificateIsShownFromThenOn() throws {
        let both = [old, new].compactMap { TemporaryFolder.read($0.certificate) }.joined()
        let authority = try folder.write(both, to: "clients.pem")
        let certificate = try copy(old.certificate, to: "shown.pem")
        let key = try copy(old.key, to: "shown.key")
        let files = "cert_file: \"\(certificate)\", key_file: \"\(key)\""
        try withBackend("ca_file: \"\(backend.certificate)\", \(files)", authority) { gateway, url in
            let client = try gateway.connect()
            #expect(try client.get().text.contains("subject: old.internal\n"))
            _ = try copy(new.certificate, to: "shown.pem")
            _ = try copy(new.key, to: "shown.key")
            // A connection that is kept goes on as it began.
            #expect(try client.get().text.contains("subject: old.internal\n"))
            let line = try gateway.reload()
            #expect(line.hasSuffix("changed: pool web (certificates or keys of \(url))"))
            for _ in 0..<2 { #expect(try client.get().text.contains("subject: new.internal\n")) }
            // It is still the same backend, which was healthy all the time.
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
            let again = try gateway.reload()
            #expect(again.hasSuffix("nothing has changed"))
        }
    }

    @Test func renewedAuthoritiesJudgeNewConnectionsAndPings() throws {
        let authority = try copy(backend.certificate, to: "authority.pem")
        try withBackend("ca_file: \"\(authority)\"") { gateway, url in
            let client = try gateway.connect()
            #expect(try client.get().status == 200)
            _ = try copy(new.certificate, to: "authority.pem")
            try gateway.reload()
            // The next usual ping is an hour away.
            let bad = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY \(url) - ")
            #expect(bad.contains("certificate"))
            #expect(try client.get().status == 503)
            _ = try copy(backend.certificate, to: "authority.pem")
            try gateway.reload()
            try gateway.log.wait(forLine: "HEALTH: HEALTHY \(url) - status: 200", count: 2)
            #expect(try client.get().status == 200)
        }
    }

    @Test func passwordsAreReadAgain() throws {
        // `secret` and `other`.
        let (first, second) = (
            "$2y$05$dUazlzhvegOQ1K9JolOZMOJixcNiMQg5WFdKEmoUBl7Oq7APAWACW",
            "$2y$05$abcdefghijklmnopqrstuuVQd15VhR/oN1H3pzUR5lME0fZO6.qRW"
        )
        let users = try folder.write("ada:\(first)\n", to: "users")
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.route = ["basic_auth: { realm: staff, users_file: \"\(users)\" }"] }) {
            gateway in
            let client = try gateway.connect()
            let asked = request(fields: ["Authorization: Basic YWRhOnNlY3JldA=="])
            #expect(try client.exchange(asked).status == 200)
            _ = try folder.write("ada:\(second)\n", to: "users")
            try gateway.reload()
            #expect(try client.exchange(asked).status == 401)
        }
    }
}
