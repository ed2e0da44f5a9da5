// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct ForwardedClientTests {
    /// Trusts 10.0.0.0/8 and 2001:db8::/32.
    private let trusted = TrustedProxies([
        IPNetwork(IPAddress(ipv4: 10 << 24), bits: 104, description: ""),
        IPNetwork(IPAddress(high: 0x2001_0DB8_0000_0000, low: 0), bits: 32, description: ""),
    ])

    private func client(_ lines: [String]) -> String? {
        var client = ForwardedClient(trusted)
        for line in lines {
            let bytes = Array(line.utf8)
            client.readForwardedFor(bytes.span)
        }
        return client.address?.text
    }

    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9"), ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"), ("203.0.113.9,10.0.0.1,10.0.0.2", "203.0.113.9"),
        ("1.1.1.1,203.0.113.9 , 2001:db8::1", "203.0.113.9"), ("203.0.113.9:5000", "203.0.113.9"),
        ("2001:470::9", "2001:470::9"), ("[2001:470::9]", "2001:470::9"), ("[2001:470::9]:5000", "2001:470::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"), ("1.1.1.1, ::ffff:10.1.1.1", "1.1.1.1"),
        (", ,203.0.113.9, ,", "203.0.113.9"),
        // All are trusted: the first is as near to the client as one gets.
        ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
        // What is left of something that is no address is nobody's word.
        ("1.1.1.1, unknown, 10.0.0.2", "10.0.0.2"), ("1.1.1.1, _hidden, 10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("1.1.1.1, garbage, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
    ])
    func theRightmostUntrustedAddressIsTheClient(list: String, expected: String) {
        #expect(client([list]) == expected)
    }

    @Test(arguments: [
        "", " ", ",,", "unknown", "1.1.1.1, unknown", "203.0.113.9:", "203.0.113.9:port", "203.0.113.9:123456",
        "[1.1.1.1]",
        "[::1", "::1]", "[::1]x", "[::1]:", "\"203.0.113.9\"", "1.1.1.1 2.2.2.2", "fe80::1%eth0", "[]", ":80",
        String(repeating: "9", count: 5000),
    ])
    func garbageIsNobody(list: String) {
        #expect(client([list]) == nil)
    }

    @Test func severalLinesAreOneList() {
        #expect(client(["1.1.1.1", "203.0.113.9, 10.0.0.1", "10.0.0.2"]) == "203.0.113.9")
    }

    @Test func aVeryLongListIsReadOnce() {
        let list = (["203.0.113.9"] + [String](repeating: "10.0.0.1", count: 100_000)).joined(separator: ",")
        #expect(client([list]) == "203.0.113.9")
    }

    // MARK: Forwarded

    private func read(_ value: String) -> (isWellFormed: Bool, client: String?) {
        var client = ForwardedClient(trusted)
        let bytes = Array(value.utf8)
        let isWellFormed = ForwardedField.read(bytes.span, into: &client)
        return (isWellFormed, client.address?.text)
    }

    @Test(arguments: [
        ("for=203.0.113.9", "203.0.113.9"), ("For=\"[2001:470::9]:4711\"", "2001:470::9"),
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"), ("for=1.1.1.1, for=203.0.113.9", "203.0.113.9"),
        ("by=1.1.1.1;for=203.0.113.9 , for=10.0.0.1;host=\"a,b;c\"", "203.0.113.9"),
        ("for=\"203.0.113.9:80\"", "203.0.113.9"),
        ("for=203.0.113.9;secret=\"a\\\"b,for=2.2.2.2\"", "203.0.113.9"), ("for=203.0.113.9:80", "203.0.113.9"),
        (",for=203.0.113.9,", "203.0.113.9"),
    ])
    func forwardedIsReadAsRFC7239HasIt(value: String, expected: String) {
        let result = read(value)
        #expect(result.isWellFormed)
        #expect(result.client == expected)
    }

    @Test(arguments: [
        "", "for=unknown", "for=_gazonk", "for=\"_gazonk\"", "proto=https", "for=1.1.1.1;for=2.2.2.2", "for=\"\"",
        "for=1.1.1.1, proto=http",
    ])
    func forwardedMayNameNobody(value: String) {
        let result = read(value)
        #expect(result.isWellFormed)
        #expect(result.client == nil)
    }

    @Test(arguments: [
        "for=\"1.1.1.1", "for", "for=", "=1", "for=1.1.1.1;", "for=1.1.1.1; ", "for=1.1.1.1 for=2.2.2.2", "a=\"b\\",
        "a=\"b\\\"",
        "for=1.1.1.1;;a=b", "for = 1", "a={}",
    ])
    func whatIsMalformedIsToldApart(value: String) {
        #expect(!read(value).isWellFormed)
    }
}
