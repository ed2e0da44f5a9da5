// SPDX-License-Identifier: Apache-2.0

extension RequestHead {
    /// Finds the first cookie with this name (RFC 6265 §4.2.1: `name=value; name=value`). Names differ by case (§5.4).
    ///
    /// - Parameters:
    ///   - name: Not empty.
    ///   - bytes: The bytes that were parsed.
    /// - Returns: Where its value stands, or `nil`.
    package func cookie(_ name: [UInt8], in bytes: Span<UInt8>) -> Range<Int>? {
        guard contains(.cookie) else { return nil }
        for field in fields where field.known == .cookie {
            var start = field.value.lowerBound
            while start < field.value.upperBound {
                var end = start
                while end < field.value.upperBound, bytes[end] != ASCII.semicolon { end += 1 }
                if let value = Self.value(of: name, in: bytes, ASCII.trimmed(bytes, start..<end)) { return value }
                start = end + 1
            }
        }
        return nil
    }

    /// Where the value stands in `pair`, if that begins with `name` and `=`.
    private static func value(of name: [UInt8], in bytes: Span<UInt8>, _ pair: Range<Int>) -> Range<Int>? {
        guard pair.count > name.count, bytes[pair.lowerBound + name.count] == UInt8(ascii: "=") else { return nil }
        for offset in name.indices where bytes[pair.lowerBound + offset] != name[offset] { return nil }
        return (pair.lowerBound + name.count + 1)..<pair.upperBound
    }
}
