// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// Files that the configuration names and that were renewed where they are: SIGHUP has them read again.
@Suite(.threads(.few)) struct ReloadFilesTests {
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

    /// Whoever opens one of these pipes waits until somebody writes into it, which nobody does.
    @Test func whatComesToStandInTheirPlaceKeepsNobodyWaiting() throws {
        let authority = try folder.write(try #require(TemporaryFolder.read(old.certificate)), to: "clients.pem")
        let files = [
            try copy(backend.certificate, to: "authority.pem"), try copy(old.certificate, to: "shown.pem"),
            try copy(old.key, to: "shown.key"),
        ]
        let tls = "ca_file: \"\(files[0])\", cert_file: \"\(files[1])\", key_file: \"\(files[2])\""
        try withBackend(tls, authority) { gateway, url in
            for file in files { #expect(unlink(file) == 0 && mkfifo(file, 0o600) == 0) }
            // The worker has not connected yet.
            #expect(try gateway.get().text.contains("subject: old.internal\n"))
            gateway.process.send(SIGHUP)
            _ = try gateway.log.wait(forPrefix: "ERROR: SIGHUP: the configuration stays as it was")
            #expect(gateway.log.lines.contains { $0.contains("tls.ca_file: ") && $0.contains("this is a pipe") })
            // Each of these makes a connection too.
            let clients = try (0..<3).map { _ in try gateway.connect() }
            for client in clients { try client.send(request()) }
            for client in clients { #expect(try client.response().text.contains("subject: old.internal\n")) }
        }
    }

    /// The path of what is gone may come to be that of what takes its place, and libcurl keeps authorities by their path.
    @Test func eachBackendIsJudgedByItsOwnAuthorities() throws {
        let certificates = [old, new]
        let peers = try certificates.map { try ConnectionPeer("backend", $0.certificate, $0.key) }
        let items = zip(certificates, peers).map {
            let name = $0.certificate.split(separator: "/").last!.dropLast(4)
            return "{ url: \"https://127.0.0.1:\($1.port)\", sni: \(name), tls: { ca_file: \"\($0.certificate)\" } }"
        }
        let plain = try FakeOrigin()
        try withGateway([plain], { $0.backends = [items[0]] }) { gateway in
            for (item, peer) in zip(items, peers) {
                try gateway.reload { $0.backends = [item] }
                try gateway.log.wait(forLine: "HEALTH: HEALTHY https://127.0.0.1:\(peer.port) - status: 200")
                try gateway.reload { $0.backends = [plain.url] }
                _ = try gateway.log.wait(forPrefix: "HEALTH: HEALTHY \(plain.url)")
            }
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
