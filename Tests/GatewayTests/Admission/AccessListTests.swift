// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct AccessListTests {
    private func configuration(allow: [IPNetwork] = [], deny: [IPNetwork] = []) -> AccessConfiguration {
        var configuration = AccessConfiguration()
        configuration.allow = allow
        configuration.deny = deny
        return configuration
    }

    private func list(allow: [String] = [], deny: [String] = []) throws -> AccessList {
        AccessList(configuration(allow: try allow.map(network), deny: try deny.map(network)))
    }

    private func network(_ text: String) throws -> IPNetwork {
        let parts = text.split(separator: "/")
        let address = try #require(IPAddress(String(parts[0])))
        let bits = try #require(Int(parts[1]))
        return IPNetwork(address, bits: address.isIPv4 ? bits + 96 : bits, description: text)
    }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func theMostSpecificNetworkDecides() throws {
        let list = try list(allow: ["10.0.0.0/8", "10.1.2.0/24"], deny: ["10.1.0.0/16"])
        #expect(try list.allows(address("10.0.0.0")))
        #expect(try list.allows(address("10.255.255.255")))
        #expect(try !list.allows(address("10.1.0.0")))
        #expect(try !list.allows(address("10.1.255.255")))
        #expect(try list.allows(address("10.1.2.0")))
        #expect(try list.allows(address("10.1.2.255")))
        #expect(try !list.allows(address("10.1.3.0")))
        #expect(try list.allows(address("10.2.0.0")))
        #expect(try !list.allows(address("11.0.0.0")))
        #expect(try !list.allows(address("2001:db8::1")))
    }

    @Test func withoutAllowanceAllElseMayCome() throws {
        let list = try list(deny: ["192.0.2.0/24", "2001:db8::/32"])
        #expect(try !list.allows(address("192.0.2.255")))
        #expect(try list.allows(address("192.0.3.0")))
        #expect(try !list.allows(address("2001:db8:ffff::")))
        #expect(try list.allows(address("2001:db9::")))
    }

    @Test func aNetworkInBothListsIsDenied() throws {
        let list = try list(allow: ["10.0.0.0/8", "::/0"], deny: ["10.0.0.0/8"])
        #expect(try !list.allows(address("10.1.1.1")))
        #expect(try list.allows(address("::1")))
    }

    /// What is meant for IPv6 says nothing of IPv4, though its addresses lie within.
    @Test func kindsOfAddressesAreApart() throws {
        #expect(try !list(allow: ["::/0"]).allows(address("10.0.0.1")))
        #expect(try list(deny: ["::/0"]).allows(address("10.0.0.1")))
        #expect(try !list(deny: ["0.0.0.0/0"]).allows(address("255.255.255.255")))
        #expect(try list(deny: ["0.0.0.0/0"]).allows(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")))
    }

    /// The definition, looking at every network.
    private func naive(_ configuration: AccessConfiguration, _ address: IPAddress) -> Bool {
        var best: (bits: Int, isAllowed: Bool) = (-1, configuration.allow.isEmpty)
        for (networks, isAllowed) in [(configuration.allow, true), (configuration.deny, false)] {
            for network in networks where network.contains(address) && network.bits >= best.bits {
                best = (network.bits, isAllowed)
            }
        }
        return best.isAllowed
    }

    @Test(arguments: 0..<60) func decidesAsLookingAtEveryNetworkWould(seed: UInt64) {
        var random = SplitMix(seed)
        func randomAddress() -> IPAddress {
            // Few values, so that networks nest and addresses hit them and their edges.
            func word() -> UInt64 {
                (0..<4).reduce(0) { word, _ in word << 16 | [0, 1, 0x8000, 0xFFFF][Int(random.next(below: 4))] }
            }
            return random.next(below: 2) == 0
                ? IPAddress(ipv4: UInt32(truncatingIfNeeded: word())) : IPAddress(high: word(), low: word())
        }
        func randomNetwork() -> IPNetwork {
            let address = randomAddress()
            let bits = Int(random.next(below: address.isIPv4 ? 33 : 129))
            return IPNetwork(address, bits: address.isIPv4 ? bits + 96 : bits, description: "")
        }
        let counts = [0, 1, 5, 40]
        let configuration = configuration(
            allow: (0..<counts[Int(random.next(below: 4))]).map { _ in randomNetwork() },
            deny: (0..<counts[Int(random.next(below: 4))]).map { _ in randomNetwork() }
        )
        let list = AccessList(configuration)
        var addresses = (0..<200).map { _ in randomAddress() }
        for network in configuration.allow + configuration.deny {
            addresses += [network.first, network.last]
            if let behind = network.last.successor { addresses.append(behind) }
        }
        for address in addresses { #expect(list.allows(address) == naive(configuration, address)) }
    }
}
