// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Testing

/// HAProxy in TCP mode in front of the gateway, telling it in the PROXY protocol whom each connection is from.
@Suite(.threads(.few)) struct HAProxySenderTests {
    /// What HAProxy is to send, as its configuration says it.
    @Test(arguments: ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c"])
    func theClientBehindItIsKnown(options: String) throws {
        let origin = try FakeOrigin()
        try withGateway(
            [origin],
            {
                $0.proxyProtocol = true
                $0.trustedProxies = ["127.0.0.1"]
                $0.logFormat = "json"
            }
        ) { gateway in
            let port = try ReservedPort()
            let folder = try TemporaryFolder()
            let file = try folder.write(
                configuration(listening: port, sending: options, to: gateway),
                to: "haproxy.cfg"
            )
            let haproxy = try ChildProcess(["/usr/sbin/haproxy", "-db", "-f", file], environment: [:])
            // Its checks are its own word (LOCAL, or UNKNOWN in version 1). When one has come, it listens.
            #expect(try origin.waitForRequest().fields[all: "X-Forwarded-For"] == ["127.0.0.1"])
            for source in ["127.0.0.5", "127.0.0.77"] {
                let client = try RawClient(port: port.endpoint.port, from: source)
                for _ in 1...2 {
                    let said = request("GET", "/\(source)", fields: ["X-Forwarded-For: 6.6.6.6"])
                    #expect(try client.exchange(said).status == 200)
                }
                let seen = origin.requests.filter { $0.target == "/\(source)" }
                #expect(seen.map { $0.fields[all: "X-Forwarded-For"] } == [[source], [source]])
                let records = try gateway.log.wait(for: "two records", count: 2) {
                    $0.contains("\"RESPONSE\"") && $0.contains("\"path\":\"/\(source)\"")
                }
                for record in records { #expect(try JSONValue(record)["client"]?.string == source) }
            }
            haproxy.send(SIGTERM)
            try haproxy.waitForExit()
            withExtendedLifetime(folder) {}
        }
    }

    private func configuration(listening port: ReservedPort, sending options: String, to gateway: GatewayProcess)
        -> String
    {
        """
        defaults
            mode tcp
            timeout connect 20s
            timeout client 60s
            timeout server 60s
        listen front
            bind 127.0.0.1:\(port.endpoint.port)
            option httpchk GET /check HTTP/1.1
            http-check send hdr Host check.example
            server curlew 127.0.0.1:\(gateway.port) \(options) check check-send-proxy inter 500ms

        """
    }
}
