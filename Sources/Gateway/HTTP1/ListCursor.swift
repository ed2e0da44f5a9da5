// SPDX-License-Identifier: Apache-2.0

/// Walks the elements of a comma-separated field value (RFC 9110 §5.6.1). Empty elements come out as empty ranges, to be
/// skipped where the RFC has recipients tolerate them. It knows no quoted strings: none of the lists that a gateway must
/// read may hold one.
struct ListCursor {
    private var position: Int
    private let end: Int

    init(_ value: Range<Int>) {
        position = value.lowerBound
        end = value.upperBound
    }

    /// The next element without the whitespace around it, or `nil` behind the last.
    mutating func next(in bytes: Span<UInt8>) -> Range<Int>? {
        guard position <= end else { return nil }
        let start = position
        while position < end, bytes[position] != ASCII.comma { position += 1 }
        let element = ASCII.trimmed(bytes, start..<position)
        position += 1
        return element
    }
}
