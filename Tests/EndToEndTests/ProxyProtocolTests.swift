// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// A listener whose connections begin with a PROXY protocol header.
@Suite(.threads(.few)) struct ProxyProtocolTests {
    private func withListener(
        trusting trusted: [String] = ["127.0.0.1"],
        limits: [String] = [],
        _ body: (GatewayProcess, FakeOrigin) throws -> Void
    ) throws {
        let origin = try FakeOrigin()
        try withGateway(
            [origin],
            {
                $0.proxyProtocol = true
                $0.trustedProxies = trusted
                $0.logFormat = "json"
                $0.limits = limits
            }
        ) { gateway in try body(gateway, origin) }
    }

    private static let signature = Array("\r\n\r\n\0\r\nQUIT\n".utf8)
    /// Version 2, from 203.0.113.9:1234 to 192.0.2.1:443, with an extension that nobody knows.
    private static let four: [UInt8] =
        signature + [0x21, 0x11, 0, 17, 203, 0, 113, 9, 192, 0, 2, 1, 4, 210, 1, 187, 0xEA, 0, 2, 1, 2]
    /// Version 2, from 2001:db8::9.
    private static let six: [UInt8] =
        signature + [0x21, 0x21, 0, 36, 0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [9]
        + [UInt8](repeating: 0, count: 15) + [1, 4, 210, 1, 187]
    /// Version 2, a health check of the proxy's own.
    private static let local: [UInt8] = signature + [0x20, 0, 0, 0]
    private static let unix: [UInt8] = signature + [0x21, 0x31, 0, 216] + [UInt8](repeating: 65, count: 216)

    @Test(arguments: [
        (Array("PROXY TCP4 203.0.113.9 192.0.2.1 1234 443\r\n".utf8), "203.0.113.9"),
        (Array("PROXY TCP6 2001:db8::9 2001:db8::1 1234 443\r\n".utf8), "2001:db8::9"),
        (Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1"), (four, "203.0.113.9"), (six, "2001:db8::9"),
        (local, "127.0.0.1"), (unix, "127.0.0.1"),
    ])
    func theHeaderNamesTheClient(header: [UInt8], expected: String) throws {
        try withListener { gateway, origin in
            let together = try gateway.connect()
            try together.send(header + Array(request("GET", "/1").utf8))
            #expect(try together.response().status == 200)
            // It is said once, for all requests of the connection.
            #expect(try together.get("/2").status == 200)
            let bytewise = try gateway.connect()
            for byte in header + Array(request("GET", "/3").utf8) { try bytewise.send([byte]) }
            #expect(try bytewise.response().status == 200)
            #expect(origin.requests.map(\.target) == ["/1", "/2", "/3"])
            for seen in origin.requests { #expect(seen.fields[all: "X-Forwarded-For"] == [expected]) }
            let records = try gateway.log.waitForRecords("RESPONSE", count: 3)
            for record in records { #expect(record["client"]?.string == expected) }
        }
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), Array("PROXY TCP4 nobody 192.0.2.1 1 2\r\n".utf8),
        Array("PROXY TCP4 203.0.113.9 192.0.2.1 1234 443\n".utf8) + [UInt8](repeating: 65, count: 100),
        signature + [0x21, 0x11, 0xFF, 0xFF], signature + [0x31, 0x11, 0, 12],
    ])
    func whatIsNoHeaderClosesTheConnection(header: [UInt8]) throws {
        try withListener { gateway, origin in
            for _ in 0..<5 {
                let client = try gateway.connect()
                try client.send(header)
                #expect(try client.waitForClose().isEmpty)
            }
            #expect(origin.requests.isEmpty)
            // The log says so, and is not flooded.
            let lines = try gateway.log.wait(for: "a diagnostic") {
                $0.contains("a connection from 127.0.0.1 is closed")
            }
            #expect(lines.count == 1)
        }
    }

    @Test func onlyTrustedProxiesMaySpeak() throws {
        try withListener(trusting: ["127.0.0.2"]) { gateway, origin in
            for _ in 0..<5 {
                let stranger = try RawClient(port: gateway.port, from: "127.0.0.3")
                try? stranger.send(Self.four + Array(request().utf8))
                #expect(try stranger.waitForClose().isEmpty)
            }
            #expect(origin.requests.isEmpty)
            let lines = try gateway.log.wait(for: "a diagnostic") { $0.contains("trusted_proxies") }
            #expect(lines.count == 1)
            let proxy = try RawClient(port: gateway.port, from: "127.0.0.2")
            try proxy.send(Self.four + Array(request().utf8))
            #expect(try proxy.response().status == 200)
        }
    }

    /// `curlew healthcheck` runs beside the gateway and is no proxy.
    @Test func theLoopbackMaySpeakForItselfAlone() throws {
        try withListener(trusting: ["192.0.2.1"]) { gateway, origin in
            let itself = try gateway.connect()
            #expect(try itself.exchange("PROXY UNKNOWN\r\n" + request()).status == 200)
            let other = try gateway.connect()
            try other.send(Self.four + Array(request().utf8))
            #expect(try other.waitForClose().isEmpty)
            #expect(origin.requests.count == 1)
        }
    }

    @Test func aHeaderThatDoesNotComeIsNotWaitedForLong() throws {
        try withListener(limits: ["header_timeout: 200ms"]) { gateway, _ in
            let client = try gateway.connect()
            try client.send(Array(Self.four.dropLast()))
            #expect(try client.waitForClose().isEmpty)
        }
    }

    /// The proxy in front of the proxy is believed where it is trusted too, and the client where it is not.
    @Test func headerFieldsAreBelievedOfTheNamedClientOnly() throws {
        try withListener(trusting: ["127.0.0.1", "10.0.0.1"]) { gateway, origin in
            let fields = ["X-Forwarded-For: 198.51.100.7", "X-Forwarded-Proto: https"]
            for header in [
                "PROXY TCP4 10.0.0.1 192.0.2.1 1 2\r\n", "PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\n",
                "PROXY UNKNOWN\r\n",
            ] {
                let client = try gateway.connect()
                #expect(try client.exchange(header + request(fields: fields)).status == 200)
            }
            #expect(
                origin.requests.map { $0.fields["X-Forwarded-For"] }
                    == ["198.51.100.7, 10.0.0.1", "203.0.113.9", "127.0.0.1"]
            )
            #expect(origin.requests.map { $0.fields["X-Forwarded-Proto"] } == ["https", "http", "http"])
        }
    }

    @Test func theNamedClientIsTheOneThatIsLimited() throws {
        try withListener(limits: ["connections_per_client: 1"]) { gateway, _ in
            let first = try gateway.connect()
            #expect(try first.exchange("PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\n" + request()).status == 200)
            let second = try gateway.connect()
            #expect(try second.exchange("PROXY TCP4 203.0.113.9 192.0.2.1 3 2\r\n" + request()).status == 429)
            try second.waitForClose()
            let other = try gateway.connect()
            #expect(try other.exchange("PROXY TCP4 203.0.113.10 192.0.2.1 1 2\r\n" + request()).status == 200)
            // A network of 64 bits is one client.
            let six = try gateway.connect()
            #expect(try six.exchange("PROXY TCP6 2001:db8::1 ::1 1 2\r\n" + request()).status == 200)
            let neighbour = try gateway.connect()
            #expect(try neighbour.exchange("PROXY TCP6 2001:db8::2 ::1 1 2\r\n" + request()).status == 429)
        }
    }

    /// curl plays a load balancer, as the example says.
    @Test func curlSpeaksIt() throws {
        try withListener { gateway, origin in
            let curl = try ChildProcess(
                ["/usr/bin/curl", "--silent", "--fail", "--haproxy-protocol", "http://127.0.0.1:\(gateway.port)/"],
                environment: [:]
            )
            #expect(try curl.waitForExit() == .status(0))
            #expect(curl.standardOutput.lines == ["hello"])
            #expect(origin.requests.map { $0.fields["X-Forwarded-For"] } == ["127.0.0.1"])
        }
    }

    @Test func healthcheckSpeaksIt() throws {
        try withListener(trusting: ["192.0.2.1"]) { gateway, _ in
            let folder = try TemporaryFolder()
            let file = try folder.write(
                """
                listen: { address: "127.0.0.1:\(gateway.port)", proxy_protocol: true }
                trusted_proxies: [192.0.2.1]
                backends: ["http://127.0.0.1:1"]
                """,
                to: "curlew.yaml"
            )
            let result = try GatewayProcess.run(["healthcheck", "--config", file])
            #expect(result.exit == .status(0), "\(result.errors)")
        }
    }
}
