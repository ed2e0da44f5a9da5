// SPDX-License-Identifier: Apache-2.0

/// A client's address as text, held inline: at most 46 bytes, as much as an IPv6 literal can have (`INET6_ADDRSTRLEN`).
package struct AddressText: Sendable {
    private var bytes = InlineArray<46, UInt8>(repeating: 0)
    private var length: UInt8 = 0

    /// Bytes of the text; 0 when the address is not known, which the log shows as null.
    package var count: Int { Int(length) }

    /// Not known.
    package init() {}

    /// The text in `text`; what is longer than an address can be is cut off.
    package init(_ text: Span<UInt8>) {
        for index in 0..<min(text.count, 46) { append(text[index]) }
    }

    /// The text in `text`, e.g. `203.0.113.9`.
    package init(_ text: String) {
        for byte in text.utf8.prefix(46) { append(byte) }
    }

    /// The text, for messages.
    package var string: String {
        withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
    }

    /// Calls `body` with the bytes of the text.
    package func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(bytes.span.extracting(first: count))
    }

    /// There must be room for it.
    mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        length += 1
    }
}
