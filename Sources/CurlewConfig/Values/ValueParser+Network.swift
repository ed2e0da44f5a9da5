// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ValueParser where Value == IPNetwork {
    /// An address, or a network in CIDR form: `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32`.
    static var network: Self {
        ValueParser("a network or an IP address", example: "10.0.0.0/8") { text throws(ValueError) in
            let hint = "write a network such as 10.0.0.0/8 or 2001:db8::/32, or one address"
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let address = IPAddress(parts[0]) else {
                throw mismatch(text, expected: "a network or an IP address", hint: hint)
            }
            // An address that is written as an IPv6 address is counted as one, also `::ffff:10.0.0.0/104`.
            let isShort = address.isIPv4 && !text.contains(":")
            let width = isShort ? 32 : 128
            guard parts.count == 2 else { return IPNetwork(address, bits: 128, description: text) }
            guard !parts[1].isEmpty, parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let bits = Int(parts[1]), bits <= width
            else {
                throw ValueError(
                    "\(parts[1].quoted) is not the length of a network",
                    hint: "behind the slash stands how many bits all its addresses share, 0 to \(width)"
                )
            }
            let network = IPNetwork(address, bits: bits + 128 - width, description: text)
            guard network.first == address else {
                // What an IPv6 address stands for is told in its own form, with the length that belongs to it.
                let length = network.first.isIPv4 ? network.bits - 96 : network.bits
                throw ValueError(
                    "\(text.quoted) has bits set behind the length of its network",
                    hint:
                        "write \(AddressText(network.first).string)/\(length) for the network, or \(parts[0]) for the one address"
                )
            }
            return network
        }
    }
}

extension ValueParser where Value == IPAddress {
    /// `203.0.113.9`, `2001:db8::9`.
    static var address: Self {
        ValueParser("an IP address", example: "203.0.113.9") { text throws(ValueError) in
            guard let address = IPAddress(text) else {
                throw mismatch(text, expected: "an IP address", hint: "write one such as 203.0.113.9 or 2001:db8::9")
            }
            return address
        }
    }
}

extension ValueParser where Value == Bool {
    /// `true` or `false`, or one of YAML 1.1's other words for them.
    static var boolean: Self {
        ValueParser("true or false", example: "true") { text throws(ValueError) in
            switch text.lowercased() {
            case "true", "yes", "on": return true
            case "false", "no", "off": return false
            default: throw mismatch(text, expected: "true or false", hint: "write true or false")
            }
        }
    }
}
