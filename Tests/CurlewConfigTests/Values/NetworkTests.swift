// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import CurlewConfig

@Suite struct NetworkTests {
    @Test(arguments: ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::ffff:10.0.0.0/104", "0.0.0.0/0", "::/0"])
    func readsNetworksAndAddresses(text: String) throws {
        #expect(try ValueParser<IPNetwork>.network.parse(text).description == text)
    }

    /// What is proposed is the network that was meant, in a form that is accepted.
    @Test(arguments: [
        ("10.0.0.1/8", "10.0.0.0/8"), ("2001:db8::1/32", "2001:db8::/32"), ("::ffff:10.0.0.1/104", "10.0.0.0/8"),
        ("::ffff:1.2.3.4/96", "0.0.0.0/0"), ("::ffff:1.2.3.5/127", "1.2.3.4/31"), ("::1/64", "::/64"),
    ])
    func bitsBehindTheLengthAreRefusedWithTheNetwork(text: String, network: String) throws {
        let found = try #require(complaint(ValueParser<IPNetwork>.network, text))
        #expect(found.holds("has bits set", "write \(network) for the network, or \(text.prefix { $0 != "/" })"))
        #expect(complaint(ValueParser<IPNetwork>.network, network) == nil)
    }

    @Test func aMappedAddressWithAShortLengthIsNoNetworkOfIPv4() throws {
        let found = try #require(complaint(ValueParser<IPNetwork>.network, "::ffff:1.2.3.4/90"))
        #expect(found.contains("write ::ffc0:0:0/90 for the network"), "\(found)")
    }
}
