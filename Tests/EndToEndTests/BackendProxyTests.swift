// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// `proxy`: requests reach a backend through it as they would without it.
@Suite(.threads(.few)) struct BackendProxyTests {
    @Test(arguments: [
        ("http", "CONNECT"), ("socks4", "socks4"), ("socks4a", "socks4"), ("socks5", "socks5"), ("socks5h", "socks5"),
    ])
    func requestsAndPingsPassUnchanged(scheme: String, kind: String) throws {
        let proxy = try ConnectionPeer("proxy")
        let origin = try FakeOrigin { .echo($0) }
        let place = "127.0.0.1:\(origin.endpoint.port)"
        let backend = "{ url: \"\(origin.url)\", proxy: \"\(scheme)://127.0.0.1:\(proxy.port)\" }"
        try withGateway([origin], { $0.backends = [backend] }) { gateway in
            let finding = try gateway.finding(of: origin.url)
            #expect(finding == "HEALTH: HEALTHY \(origin.url) - status: 200")
            #expect(proxy.destinations == ["\(kind) \(place)"])
            let client = try gateway.connect()
            _ = try client.get("//a/../b?c")
            let answer = try client.exchange(request("POST", "/up", body: "hello"))
            #expect(answer.text == "hello")
            #expect(answer.fields["X-Of-The-Proxy"] == nil)
            let plain = try origin.waitForRequest(1)
            #expect(plain.target == "//a/../b?c")
            #expect(plain.fields[all: "Host"] == ["test.example"])
            #expect(plain.fields[all: "Proxy-Connection"].isEmpty)
            #expect(try origin.waitForRequest(2).body.text == "hello")
            // One connection for pings, one for both requests.
            #expect(proxy.destinations == Array(repeating: "\(kind) \(place)", count: 2))
        }
    }

    @Test(arguments: ["http", "socks4a", "socks5h"]) func namesAreTheProxysAffair(scheme: String) throws {
        let proxy = try ConnectionPeer("proxy")
        let origin = try FakeOrigin()
        let url = "http://inside.invalid:\(origin.endpoint.port)"
        let backend = "{ url: \"\(url)\", proxy: \"\(scheme)://127.0.0.1:\(proxy.port)\" }"
        try withGateway([origin], { $0.backends = [backend] }) { gateway in
            let finding = try gateway.finding(of: url)
            #expect(finding == "HEALTH: HEALTHY \(url) - status: 200")
            #expect(try gateway.get().text == "hello")
            #expect(proxy.destinations.allSatisfy { $0.hasSuffix(" inside.invalid:\(origin.endpoint.port)") })
        }
    }

    @Test func proxyThatRefusesIsAFailureOfTheBackend() throws {
        let proxy = try ConnectionPeer("proxy", "refuse")
        let origin = try FakeOrigin()
        let backend = "{ url: \"\(origin.url)\", proxy: \"http://127.0.0.1:\(proxy.port)\" }"
        try withGateway([origin], { $0.backends = [backend] }) { gateway in
            let finding = try gateway.finding(of: origin.url)
            #expect(finding.hasPrefix("HEALTH: UNHEALTHY"))
            #expect(try gateway.get().status == 503)
            #expect(origin.connections.isEmpty)
        }
    }
}
