// SPDX-License-Identifier: Apache-2.0

/// A client's address as text, held inline: at most 46 bytes, as much as an IPv6 literal can have (`INET6_ADDRSTRLEN`).
package struct AddressText: Sendable {
    private var bytes = InlineArray<46, UInt8>(repeating: 0)
    /// Bytes of the text; 0 when the address is not known, which the log shows as null.
    package private(set) var count: Int = 0

    /// Not known.
    package init() {}

    /// The text in `text`; what is longer than an address can be is cut off.
    package init(_ text: Span<UInt8>) {
        count = min(text.count, 46)
        for index in 0..<count { bytes[index] = text[index] }
    }

    /// The text in `text`, e.g. `203.0.113.9`.
    package init(_ text: String) {
        for byte in text.utf8.prefix(46) {
            bytes[count] = byte
            count += 1
        }
    }

    /// An IPv4 address whose bytes are in network order in memory, as `in_addr.s_addr` has them.
    package init(ipv4 address: UInt32) {
        // A load by value: on every platform Swift has for Linux the first byte of the address is the lowest.
        var rest = UInt32(littleEndian: address)
        for part in 0..<4 {
            if part > 0 { append(UInt8(ascii: ".")) }
            let number = UInt8(truncatingIfNeeded: rest)
            if number >= 100 { append(UInt8(ascii: "0") + number / 100) }
            if number >= 10 { append(UInt8(ascii: "0") + number / 10 % 10) }
            append(UInt8(ascii: "0") + number % 10)
            rest >>= 8
        }
    }

    /// Calls `body` with the bytes of the text.
    package func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(bytes.span.extracting(first: count))
    }

    private mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }
}
