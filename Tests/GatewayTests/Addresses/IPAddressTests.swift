// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Gateway

extension IPAddress {
    /// As it is written.
    var text: String { AddressText(self).string }
}

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::ffff:203.0.113.9", "203.0.113.9"), ("::FFFF:cb00:7109", "203.0.113.9"), ("::", "::"), ("::1", "::1"),
        ("1::", "1::"), ("2001:DB8:0:0:0:ff00:42:8329", "2001:db8::ff00:42:8329"),
        ("2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("0001:0020:0300:4000::", "1:20:300:4000::"),
        ("1:2:3:4:5:6:77.77.88.88", "1:2:3:4:5:6:4d4d:5858"),
    ])
    func anAddressIsReadAndWrittenInItsOneForm(written: String, canonical: String) throws {
        let address = try #require(IPAddress(written))
        #expect(address.text == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4 ",
        " 1.2.3.4", "1.2.3.4:80", "0x1.2.3.4", "1.2.3.1234", "+1.2.3.4", ":", ":::", "1:", ":1", "1:2", "::1::",
        "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8::", "12345::", "g::", "[::1]", "::1%lo",
        "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4:5", "1.2.3.4::", "unknown", "_hidden", "::ffff:1.2.3.400",
        String(repeating: "1:", count: 40),
    ])
    func anythingElseIsNoAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }

    /// The C library reads addresses the same way; where it does not, one of the two is wrong.
    @Test func theCLibraryAgrees() {
        var generator = SeededGenerator(state: 4291)
        let alphabet = Array("0123456789abcdf:::::..".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            let text = String(decoding: bytes, as: UTF8.self)
            var four = in_addr()
            var six = in6_addr()
            let isAddress = inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
            #expect((IPAddress(text) != nil) == isAddress, "\(text)")
        }
    }

    @Test func aClientIsAnAddressOrANetworkOf64Bits() throws {
        #expect(try #require(IPAddress("192.0.2.1")).client == IPAddress("192.0.2.1"))
        #expect(try #require(IPAddress("2001:db8:1:2:3:4:5:6")).client == IPAddress("2001:db8:1:2::"))
    }

    @Test(arguments: [("127.9.9.9", true), ("::1", true), ("128.0.0.1", false), ("::2", false), ("::7f00:1", false)])
    func theLoopbackIsKnown(text: String, isLoopback: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == isLoopback)
    }
}

@Suite struct IPNetworkTests {
    private func network(_ address: String, _ bits: Int) throws -> IPNetwork {
        IPNetwork(try #require(IPAddress(address)), bits: bits, description: "")
    }

    @Test func aNetworkHoldsTheAddressesThatShareItsBits() throws {
        let ten = try network("10.0.0.0", 96 + 8)
        for (text, isInside) in [
            ("10.0.0.0", true), ("10.255.255.255", true), ("11.0.0.0", false), ("9.255.255.255", false),
            ("::ffff:10.1.2.3", true), ("::a01:203", false),
        ] {
            #expect(ten.contains(try #require(IPAddress(text))) == isInside, "\(text)")
        }
        let six = try network("2001:db8::", 33)
        #expect(six.contains(try #require(IPAddress("2001:db8:7fff::1"))))
        #expect(!six.contains(try #require(IPAddress("2001:db8:8000::1"))))
        let one = try network("2001:db8::1", 128)
        #expect(one.contains(try #require(IPAddress("2001:db8::1"))))
        #expect(!one.contains(try #require(IPAddress("2001:db8::2"))))
    }

    @Test func everyIPv6AddressIsNoIPv4Address() throws {
        #expect(!(try network("::", 0).contains(try #require(IPAddress("192.0.2.1")))))
        #expect(try network("::", 0).contains(try #require(IPAddress("2001:db8::1"))))
        #expect(try network("0.0.0.0", 96).contains(try #require(IPAddress("192.0.2.1"))))
        #expect(!(try network("0.0.0.0", 96).contains(try #require(IPAddress("2001:db8::1")))))
        #expect(try network("::ffff:0:0", 96).contains(try #require(IPAddress("192.0.2.1"))))
    }
}
