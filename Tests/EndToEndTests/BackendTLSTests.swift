// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// `sni` and `tls`: whom the gateway believes, and what it shows.
@Suite(.threads(.few)) struct BackendTLSTests {
    /// Runs a backend with a certificate for `api.internal`, and a gateway whose backend it is, with `options`.
    private func withBackend(
        _ options: (TestCertificate) throws -> String,
        clientAuthority: (TemporaryFolder) throws -> String? = { _ in nil },
        _ body: (GatewayProcess, String) throws -> Void
    ) throws {
        let folder = try TemporaryFolder()
        let own = try TestCertificate("api.internal", in: folder)
        let peer =
            if let authority = try clientAuthority(folder) {
                try ConnectionPeer("backend", own.certificate, own.key, authority)
            } else {
                try ConnectionPeer("backend", own.certificate, own.key)
            }
        let url = "https://127.0.0.1:\(peer.port)"
        let backend = "{ url: \"\(url)\", \(try options(own)) }"
        try withGateway([], { $0.backends = [backend] }) { try body($0, url) }
    }

    @Test func serverNameIsSentAndChecked() throws {
        try withBackend {
            "sni: api.internal, tls: { ca_file: \($0.certificate) }"
        } _: { gateway, url in
            let finding = try gateway.finding(of: url)
            #expect(finding == "HEALTH: HEALTHY \(url) - status: 200")
            let seen = try gateway.get().text
            #expect(seen.contains("name: api.internal\n"))
            #expect(seen.contains("Host: test.example\r\n"))
            // Who names no host gets the URL's, not the server name.
            let old = try gateway.connect().exchange("GET / HTTP/1.0\r\n\r\n").text
            #expect(old.contains("Host: \(url.dropFirst(8))\r\n"))
        }
    }

    @Test func certificateForAnotherNameIsRefused() throws {
        try withBackend {
            "sni: other.internal, tls: { ca_file: \($0.certificate) }"
        } _: { gateway, url in
            let finding = try gateway.finding(of: url)
            #expect(finding.contains("UNHEALTHY \(url) - its certificate "))
            #expect(try gateway.get().status == 503)
        }
    }

    @Test func authorityIsWhatTheFileSays() throws {
        try withBackend { _ in
            "sni: api.internal"
        } _: { gateway, url in
            let finding = try gateway.finding(of: url)
            #expect(finding.contains("UNHEALTHY \(url) - its certificate "))
        }
    }

    @Test func nothingIsCheckedWhereThatIsAskedFor() throws {
        try withBackend { _ in
            "tls: { verify: false }"
        } _: { gateway, url in
            let finding = try gateway.finding(of: url)
            #expect(finding == "HEALTH: HEALTHY \(url) - status: 200")
            #expect(try gateway.get().text.contains("name: None\n"))
        }
    }

    @Test(arguments: [true, false]) func keyMustBeThePinnedOne(isRight: Bool) throws {
        let wrong = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        try withBackend {
            "sni: api.internal, tls: { ca_file: \($0.certificate), pinned_key: \"\(isRight ? try $0.pin : wrong)\" }"
        } _: { gateway, url in
            let finding = try gateway.finding(of: url)
            if isRight {
                #expect(finding == "HEALTH: HEALTHY \(url) - status: 200")
                #expect(try gateway.get().status == 200)
            } else {
                #expect(finding == "HEALTH: UNHEALTHY \(url) - its public key is not the pinned one")
            }
        }
    }

    @Test(arguments: [true, false]) func certificateIsShown(isConfigured: Bool) throws {
        var shown: TestCertificate?
        try withBackend {
            let files = isConfigured ? ", cert_file: \(shown!.certificate), key_file: \(shown!.key)" : ""
            return "sni: api.internal, tls: { ca_file: \($0.certificate)\(files) }"
        } clientAuthority: {
            shown = try TestCertificate("gateway.internal", in: $0)
            return shown?.certificate
        } _: { gateway, url in
            let finding = try gateway.finding(of: url)
            #expect(finding.hasPrefix("HEALTH: \(isConfigured ? "HEALTHY" : "UNHEALTHY") \(url) - "))
            if isConfigured { #expect(try gateway.get().text.contains("subject: gateway.internal\n")) }
        }
    }

    @Test func fileThatHoldsNoCertificatesIsNamed() throws {
        let folder = try TemporaryFolder()
        let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        let broken = try folder.write(block, to: "broken.pem")
        try withBackend { _ in
            "sni: api.internal, tls: { ca_file: \(broken) }"
        } _: { gateway, url in
            let finding = try gateway.finding(of: url)
            #expect(finding.contains("tls.ca_file cannot be used"))
        }
    }
}
