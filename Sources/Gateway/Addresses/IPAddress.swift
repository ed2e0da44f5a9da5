// SPDX-License-Identifier: Apache-2.0

/// An IP address as a number. An IPv4 address is held as RFC 4291 §2.5.5.2 maps it into IPv6 (`::ffff:a.b.c.d`), so that
/// a client is the same whether it came over an IPv4 or an IPv6 socket.
package struct IPAddress: Hashable, Sendable {
    /// The first eight bytes, the most significant first.
    package let high: UInt64
    /// The last eight bytes.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address, its first number in the most significant byte.
    package init(ipv4: UInt32) {
        self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(ipv4))
    }

    /// Whether it is an IPv4 address, however it was written.
    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// `127.0.0.0/8` or `::1`.
    package var isLoopback: Bool {
        isIPv4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1
    }

    /// What counts as one client where clients are counted: an IPv4 address, or an IPv6 network of 64 bits, since whoever
    /// has one address of such a network has all of them (RFC 6177 §2, RFC 4291 §2.5.1).
    package var client: IPAddress {
        isIPv4 ? self : IPAddress(high: high, low: 0)
    }

    /// The next higher address; `nil` for the highest.
    package var successor: IPAddress? {
        if low < .max { return IPAddress(high: high, low: low + 1) }
        return high < .max ? IPAddress(high: high + 1, low: 0) : nil
    }

    /// One of the eight groups of 16 bits.
    func group(_ index: Int) -> UInt16 {
        let half = index < 4 ? high : low
        return UInt16(truncatingIfNeeded: half >> UInt64((3 - index % 4) * 16))
    }
}

extension IPAddress: Comparable {
    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}
