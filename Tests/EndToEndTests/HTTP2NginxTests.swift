// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// An HTTP/2 server that others wrote: nginx.
@Suite(.threads(.few), .enabled(if: LibraryUnderTest.speaksHTTP2)) struct HTTP2NginxTests {
    /// Every connection is good for ten requests, and then nginx takes its leave of it (GOAWAY) in the middle of others.
    @Test(arguments: [false, true]) func noRequestIsLostWhenConnectionsAreReplaced(isTLS: Bool) throws {
        let folder = try TemporaryFolder()
        let port = try ReservedPort()
        let nginx = try start(in: folder, on: port.endpoint.port, isTLS: isTLS)
        let url = "\(isTLS ? "https" : "http")://127.0.0.1:\(port.endpoint.port)"
        let adjust: (inout GatewaySettings) -> Void = {
            $0.backends = [HTTP2Backend.item(url)]
            $0.retry = ["attempts: 5"]
        }
        try withGateway([], adjust) { gateway in
            #expect(try gateway.finding(of: url) == "HEALTH: HEALTHY \(url) - status: 200")
            try concurrently(8) { number in
                let client = try gateway.connect()
                for _ in 0..<40 {
                    let answer =
                        number % 2 == 0 ? try client.get() : try client.exchange(request("POST", body: "hello"))
                    guard answer.status == 200, answer.text == "nginx" else {
                        throw KitError.process("\(answer.status) \(answer.text)")
                    }
                }
            }
            #expect(!gateway.log.lines.contains { $0.hasPrefix("HEALTH: UNHEALTHY") })
        }
        nginx.send(SIGTERM)
        #expect(try nginx.waitForExit() == .status(0))
    }

    private func start(in folder: TemporaryFolder, on port: UInt16, isTLS: Bool) throws -> ChildProcess {
        var ssl = ""
        if isTLS {
            let own = try TestCertificate("localhost", in: folder)
            ssl = "ssl_certificate \(own.certificate); ssl_certificate_key \(own.key);"
        }
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(folder.path)/\($0);"
        }
        let file = try folder.write(
            """
            daemon off; pid \(folder.path)/pid; error_log stderr notice; worker_processes 1;
            events { worker_connections 256; }
            http {
              access_log off; keepalive_requests 10; \(temporary.joined(separator: " "))
              server { listen 127.0.0.1:\(port) \(isTLS ? "ssl " : "")http2; \(ssl) location / { return 200 nginx; } }
            }
            """,
            to: "nginx.conf"
        )
        let process = try ChildProcess(["/usr/sbin/nginx", "-c", file, "-p", folder.path], environment: [:])
        _ = try process.standardError.wait(for: "nginx to run") { $0.contains("start worker process ") }
        return process
    }
}
