// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// A server of `connection-peers.py`: a backend that tells what it knows of its connections, or a proxy.
final class ConnectionPeer {
    let port: Int
    private let process: ChildProcess

    init(_ arguments: String...) throws {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        process = try ChildProcess(
            ["/usr/bin/python3", "/\(folder)/connection-peers.py"] + arguments,
            environment: ["PYTHONDONTWRITEBYTECODE": "1"]
        )
        let line = try process.standardOutput.wait(forPrefix: "PORT ")
        port = try #require(Int(line.dropFirst(5)))
    }

    /// Where the proxy was asked to connect: `kind host:port`.
    var destinations: [String] {
        process.standardOutput.lines.filter { $0.hasPrefix("TO ") }.map { String($0.dropFirst(3)) }
    }
}

/// A certificate that is its own authority, made by openssl.
struct TestCertificate {
    let certificate: String
    let key: String

    init(_ name: String, in folder: TemporaryFolder) throws {
        key = folder.file("\(name).key")
        certificate = folder.file("\(name).pem")
        let making = try ChildProcess(
            ["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
                + ["-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-days", "2"]
                + ["-keyout", key, "-out", certificate],
            environment: [:]
        )
        #expect(try making.waitForExit() == .status(0))
    }

    /// The hash of its public key, as `pinned_key` takes it, made as the message for a bad one says.
    var pin: String {
        get throws {
            let command =
                "openssl x509 -pubkey -noout -in \(certificate) | openssl pkey -pubin -outform der "
                + "| openssl dgst -sha256 -binary | base64"
            let run = try ChildProcess(["/bin/sh", "-c", command], environment: ["PATH": "/usr/bin:/bin"])
            #expect(try run.waitForExit() == .status(0))
            return "sha256//\(try #require(run.standardOutput.lines.first))"
        }
    }
}

extension GatewayProcess {
    /// Waits until the gateway has found out how the backend is: healthy, or why not.
    func finding(of url: String) throws -> String {
        let lines = try log.wait(for: "the health of \(url)") {
            $0.hasPrefix("HEALTH: ") && $0.contains(" \(url) - ")
        }
        return lines[0]
    }
}
