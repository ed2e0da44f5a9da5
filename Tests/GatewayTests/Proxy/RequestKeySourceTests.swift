// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct RequestKeySourceTests {
    /// The hash of a request with these lines.
    private func hash(
        by source: HashConfiguration.Source,
        _ target: String = "/",
        _ fields: [String] = [],
        client: String = "192.0.2.1",
        isOfTrustedProxy: Bool = false
    ) throws -> UInt64 {
        let text = (["GET \(target) HTTP/1.1", "Host: example.com"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
        let bytes = Array(text.utf8)
        var parser = RequestParser(limits: HTTPLimits())
        let head = RequestHead()
        #expect(parser.parse(bytes.span, into: head) == .complete)
        head.isOfTrustedProxy = isOfTrustedProxy
        return try #require(RequestKeySource(source)).hash(of: head, in: bytes.span, client: AddressText(client))
    }

    @Test func aStrategyThatGoesByNothingHasNone() {
        #expect(RequestKeySource(nil) == nil)
    }

    @Test func goesByTheClientsAddress() throws {
        let one = try hash(by: .clientAddress)
        #expect(try hash(by: .clientAddress, "/other", ["Cookie: a=b"]) == one)
        #expect(try hash(by: .clientAddress, client: "192.0.2.2") != one)
        #expect(try hash(by: .clientAddress, client: "::ffff:192.0.2.1") == one, "however it is written")
        #expect(try hash(by: .clientAddress, client: "_hidden") != hash(by: .clientAddress, client: "_other"))
    }

    @Test func aClientChoosesNoBackendByWhatOnlyATrustedProxyMaySay() throws {
        let fields = ["X-Real-IP: 203.0.113.9"]
        #expect(try hash(by: .header("X-Real-IP"), "/", fields) == hash(by: .clientAddress))
        #expect(
            try hash(by: .header("X-Real-IP"), "/", fields, isOfTrustedProxy: true) != hash(by: .clientAddress)
        )
    }

    /// Whoever has one address of a network of 64 bits has all of them, and changes them by the day.
    @Test func anIPv6ClientIsItsNetwork() throws {
        let one = try hash(by: .clientAddress, client: "2001:db8:1:2::1")
        #expect(try hash(by: .clientAddress, client: "2001:db8:1:2:aaaa:bbbb:cccc:dddd") == one)
        #expect(try hash(by: .clientAddress, client: "2001:db8:1:3::1") != one)
    }

    @Test func goesByThePathWithoutItsQuery() throws {
        let one = try hash(by: .path, "/a/b")
        #expect(try hash(by: .path, "/a/b?x=1", client: "192.0.2.9") == one)
        #expect(try hash(by: .path, "http://example.com/a/b?y") == one)
        #expect(try hash(by: .path, "/a/b/") != one)
        #expect(try hash(by: .path, "http://example.com") == hash(by: .path, "/?x"))
        #expect(one == StableHash.hash("/a/b"))
    }

    @Test(arguments: ["X-User", "x-user", "User-Agent", "Authorization"])
    func goesByAField(name: String) throws {
        let one = try hash(by: .header(name), "/", ["\(name.uppercased()):  anna "])
        #expect(one == StableHash.hash("anna"))
        #expect(try hash(by: .header(name), "/x", ["A: b", "\(name): anna", "\(name): bob"], client: "::1") == one)
        #expect(try hash(by: .header(name), "/", ["\(name): bob"]) != one)
    }

    @Test func goesByACookie() throws {
        let one = try hash(by: .cookie("sid"), "/", ["Cookie: a=1; sid=abc; b=2"])
        #expect(one == StableHash.hash("abc"))
        #expect(try hash(by: .cookie("sid"), "/x", ["Cookie: sid=abc"], client: "::1") == one)
        #expect(try hash(by: .cookie("sid"), "/", ["Cookie: sid=abd"]) != one)
    }

    @Test func theAddressStandsInForWhatIsMissing() throws {
        let client = try hash(by: .clientAddress)
        for fields in [[], ["X-Other: 1"], ["X-User:"], ["Cookie: a=1"], ["Cookie: sid="]] {
            #expect(try hash(by: .header("X-User"), "/", fields) == client)
            #expect(try hash(by: .cookie("sid"), "/", fields) == client)
        }
        #expect(try hash(by: .header("X-User"), client: "192.0.2.7") != client)
    }
}

@Suite struct RequestCookieTests {
    private func value(of name: String, _ fields: [String]) -> String? {
        let text = (["GET / HTTP/1.1", "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
        let bytes = Array(text.utf8)
        var parser = RequestParser(limits: HTTPLimits())
        let head = RequestHead()
        guard parser.parse(bytes.span, into: head) == .complete else { return nil }
        return head.cookie(Array(name.utf8), in: bytes.span).map { bytes[$0].latin1 }
    }

    @Test(arguments: [
        ("a=1", "1"), ("a=1; b=2", "1"), ("b=2; a=1", "1"), ("b=2;a=1", "1"), (" b=2 ;  a=1  ;c=3", "1"),
        ("a=", ""), ("a=x=y", "x=y"), ("aa=2; a=1", "1"), ("a=1; a=2", "1"), ("a=\"q\"", "\"q\""), (";;a=1;", "1"),
    ])
    func isFound(field: String, value: String) {
        #expect(self.value(of: "a", ["Cookie: \(field)"]) == value)
    }

    @Test(arguments: ["A=1", "aa=1", "b=a=1", "a", "a ; b=1", "", ";", "=1", "ba=1"])
    func isNotFound(field: String) {
        #expect(value(of: "a", ["Cookie: \(field)"]) == nil)
        #expect(value(of: "a", ["X-Cookie: a=1"]) == nil)
    }

    @Test func isFoundInASecondField() {
        #expect(value(of: "a", ["Cookie: b=1", "Cookie: a=2"]) == "2")
    }
}
