// SPDX-License-Identifier: Apache-2.0

/// A range of addresses in CIDR form: `10.0.0.0/8`, `2001:db8::/32`, or one address.
package struct IPNetwork: Sendable, Equatable, CustomStringConvertible {
    private let network: IPAddress
    private let mask: IPAddress
    /// Of IPv4 addresses. `::/0` holds none of them, though their IPv6 form lies in it.
    package let isIPv4: Bool
    /// How many bits its addresses have in common, counted in the IPv6 form.
    package let bits: Int
    /// As it was written.
    package let description: String

    /// The addresses that begin with the same `bits` as `address`.
    ///
    /// - Parameters:
    ///   - address: Any address of the range.
    ///   - bits: 0 to 128, counted in the IPv6 form: `10.0.0.0/8` has 104, being `::ffff:10.0.0.0/104`.
    ///   - description: The range as it was written.
    package init(_ address: IPAddress, bits: Int, description: String) {
        mask = IPAddress(high: IPNetwork.mask(bits), low: IPNetwork.mask(bits - 64))
        network = IPAddress(high: address.high & mask.high, low: address.low & mask.low)
        isIPv4 = network.isIPv4 && bits >= 96
        self.bits = bits
        self.description = description
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == isIPv4 && address.high & mask.high == network.high && address.low & mask.low == network.low
    }

    /// The first address of the range.
    package var first: IPAddress { network }

    /// The last address of the range.
    package var last: IPAddress { IPAddress(high: network.high | ~mask.high, low: network.low | ~mask.low) }

    private static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? .max : .max << UInt64(64 - bits)
    }
}

/// The proxies in front of the gateway that may say who their client is.
package struct TrustedProxies: Sendable, Equatable {
    package var networks: [IPNetwork]

    package init(_ networks: [IPNetwork] = []) {
        self.networks = networks
    }

    package var isEmpty: Bool { networks.isEmpty }

    package func contains(_ address: IPAddress) -> Bool {
        for network in networks where network.contains(address) { return true }
        return false
    }
}
