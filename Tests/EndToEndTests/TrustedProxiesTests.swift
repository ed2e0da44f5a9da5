// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What becomes of what proxies in front of the gateway say: `trusted_proxies` decides.
@Suite(.threads(.few)) struct TrustedProxiesTests {
    /// What the backend saw and the log called the client, for a request with `fields` from 127.0.0.1.
    private func forwarded(
        _ fields: [String],
        trusting trusted: [String] = ["127.0.0.1"]
    ) throws -> (fields: MessageFields, client: String?) {
        let origin = try FakeOrigin()
        var seen = MessageFields()
        var client: String?
        try withGateway(
            [origin],
            {
                $0.trustedProxies = trusted
                $0.logFormat = "json"
            }
        ) { gateway in
            #expect(try gateway.connect().exchange(request(fields: fields)).status == 200)
            seen = try origin.waitForRequest().fields
            client = try gateway.log.waitForRecords("RESPONSE")[0]["client"]?.string
        }
        return (seen, client)
    }

    /// Everything that can be said, on the chain client 203.0.113.9, a proxy that is not trusted, a trusted one.
    private static let chain = [
        "X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 198.51.100.7:4711, 10.0.0.1", "X-Forwarded-Proto: https",
        "X-Forwarded-Host: www.example", "X-Forwarded-Port: 443", "X-Real-IP: 198.51.100.7",
        "Forwarded: for=203.0.113.9, for=198.51.100.7;proto=https", "X-Request-Id: mine",
    ]

    /// What proxies say beside these, and others that end in the same way.
    private static let others = [
        "Ssl: on", "Scheme: https", "SERVER: a", "Prefix: /a", "By: b", "user: root", "x_y: z",
    ]
    .map { "X-Forwarded-\($0)" }

    @Test func aTrustedProxyIsBelieved() throws {
        let (fields, client) = try forwarded(Self.chain, trusting: ["10.0.0.0/8", "127.0.0.0/8"])
        #expect(fields[all: "X-Forwarded-For"] == ["203.0.113.9, 198.51.100.7:4711, 10.0.0.1, 127.0.0.1"])
        #expect(fields[all: "X-Forwarded-Proto"] == ["https"])
        #expect(fields[all: "X-Forwarded-Host"] == ["www.example"])
        #expect(fields[all: "X-Forwarded-Port"] == ["443"])
        #expect(fields[all: "X-Real-IP"] == ["198.51.100.7"])
        #expect(
            fields[all: "Forwarded"] == ["for=203.0.113.9, for=198.51.100.7;proto=https, for=127.0.0.1;proto=http"]
        )
        #expect(fields["X-Request-Id"] != "mine")
        // The right-most address that is not trusted.
        #expect(client == "198.51.100.7")
    }

    /// Else everybody would get past a limit, or into a route, by a value that is made up.
    @Test(arguments: [true, false]) func onlyATrustedProxyDecidesByWhatItSays(isTrusted: Bool) throws {
        let settings: (inout GatewaySettings) -> Void = {
            if isTrusted { $0.trustedProxies = ["127.0.0.1"] }
            $0.routes = """
                  - { path: /secure, headers: { X-Forwarded-Proto: https }, respond: { body: in } }
                  - { path: /few, respond: {}, rate_limit: { requests: 1, per: 1h, by: { header: X-Real-IP } } }
                  - { respond: { body: out } }
                """
        }
        try withGateway([try FakeOrigin()], settings) { gateway in
            let asked = [
                ("/secure", "X-Forwarded-Proto: https"), ("/few", "X-Real-IP: 198.51.100.1"),
                ("/few", "X-Real-IP: 198.51.100.2"),
            ]
            let answers = try asked.map { path, field in
                try gateway.connect().exchange(request("GET", path, fields: [field]))
            }
            #expect(answers[0].text == (isTrusted ? "in" : "out"))
            #expect(answers.map(\.status) == [200, 200, isTrusted ? 200 : 429])
        }
    }

    /// A backend may take X-Forwarded-Ssl for proof of TLS, and X-Forwarded-User for a login.
    @Test(arguments: ["127.0.0.1", "127.0.0.2"]) func onlyATrustedProxyMaySayAnything(trusted: String) throws {
        let isTrusted = trusted == "127.0.0.1"
        let named = "Connection: X-Forwarded-Ssl, X-Forwarded-User"
        let fields = try forwarded(Self.others + ["X_Forwarded_Ssl: on", named], trusting: [trusted]).fields
        for line in Self.others {
            let name = String(line.prefix { $0 != ":" })
            #expect(fields[all: name] == (isTrusted ? [String(line.dropFirst(name.count + 2))] : []))
        }
        #expect(!fields.contains("X_Forwarded_Ssl"))
    }

    @Test(arguments: [[], ["10.0.0.0/8"], ["127.0.0.2"], ["::/0", "2001:db8::/32"]])
    func anybodyElseIsNot(trusted: [String]) throws {
        let (fields, client) = try forwarded(Self.chain, trusting: trusted)
        #expect(fields[all: "X-Forwarded-For"] == ["127.0.0.1"])
        #expect(fields[all: "X-Forwarded-Proto"] == ["http"])
        #expect(fields[all: "X-Forwarded-Host"] == ["test.example"])
        for name in ["X-Forwarded-Port", "X-Real-IP", "Forwarded"] { #expect(!fields.contains(name)) }
        #expect(client == "127.0.0.1")
    }

    @Test func whatATrustedProxyDoesNotSayTheGatewaySays() throws {
        let (fields, client) = try forwarded(["X-Forwarded-Proto:", "X-Forwarded-For:"])
        #expect(fields[all: "X-Forwarded-For"] == ["127.0.0.1"])
        #expect(fields[all: "X-Forwarded-Proto"] == ["http"])
        #expect(fields[all: "X-Forwarded-Host"] == ["test.example"])
        #expect(!fields.contains("Forwarded"))
        #expect(client == "127.0.0.1")
    }

    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9"), ("[2001:DB8::9]:80", "2001:db8::9"), ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", "127.0.0.1"), ("203.0.113.9, _hidden", "127.0.0.1"), ("203.0.113.9, \\\"<script>", "127.0.0.1"),
        ("203.0.113.9, é", "127.0.0.1"), ("127.0.0.1, 127.0.0.1", "127.0.0.1"),
    ])
    func whateverAProxyWritesTheClientIsAnAddress(list: String, expected: String) throws {
        let (fields, client) = try forwarded(["X-Forwarded-For: \(list)"])
        #expect(client == expected)
        #expect(fields[all: "X-Forwarded-For"] == ["\(list), 127.0.0.1"])
    }

    @Test func forwardedNamesTheClientWhereNothingElseDoes() throws {
        let (fields, client) = try forwarded(["Forwarded: for=\"[2001:db8::9]:47\";proto=https"])
        #expect(client == "2001:db8::9")
        #expect(fields["X-Forwarded-For"] == "127.0.0.1")
        #expect(fields["Forwarded"] == "for=\"[2001:db8::9]:47\";proto=https, for=127.0.0.1;proto=http")
        #expect(try forwarded(["Forwarded: for=1.1.1.1", "X-Forwarded-For: 2.2.2.2"]).client == "2.2.2.2")
    }

    /// What is written behind an open quotation would be part of it.
    @Test func malformedForwardedIsNotHandedOn() throws {
        let (fields, client) = try forwarded(["Forwarded: for=203.0.113.9;by=\"", "Forwarded: for=203.0.113.9"])
        #expect(!fields.contains("Forwarded"))
        #expect(client == "127.0.0.1")
    }

    @Test func longListIsHandedOnWhole() throws {
        let list = (0..<2000).map { "10.0.\($0 / 256).\($0 % 256)" }.joined(separator: ", ")
        let (fields, client) = try forwarded(
            ["X-Forwarded-For: 203.0.113.9, \(list)"],
            trusting: ["127.0.0.1", "10.0.0.0/8"]
        )
        #expect(fields["X-Forwarded-For"] == "203.0.113.9, \(list), 127.0.0.1")
        #expect(client == "203.0.113.9")
    }

    /// Connection may not name away what the trust rests on, nor may one client's words stay for the next.
    @Test func eachRequestOfAConnectionSpeaksForItself() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.trustedProxies = ["127.0.0.1"] }) { gateway in
            let client = try gateway.connect()
            _ = try client.exchange(
                request(fields: ["X-Forwarded-For: 203.0.113.9", "Connection: X-Forwarded-For, X-Forwarded-Proto"])
            )
            _ = try client.get()
            #expect(origin.requests.map { $0.fields["X-Forwarded-For"] } == ["203.0.113.9, 127.0.0.1", "127.0.0.1"])
        }
    }
}
