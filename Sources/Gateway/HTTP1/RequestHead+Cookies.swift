// SPDX-License-Identifier: Apache-2.0

extension RequestHead {
    /// Finds the first cookie with this name (RFC 6265 §4.2.1: `name=value; name=value`). Names differ by case (§5.4).
    ///
    /// - Parameters:
    ///   - name: Not empty.
    ///   - bytes: The bytes that were parsed.
    /// - Returns: Where its value stands, or `nil`.
    package func cookie(_ name: [UInt8], in bytes: Span<UInt8>) -> Range<Int>? {
        cookie(name, in: bytes) { $0 }
    }

    /// What `reading` makes of the value of the first cookie with this name of which it makes anything.
    func cookie<Reading>(_ name: [UInt8], in bytes: Span<UInt8>, as reading: (Range<Int>) -> Reading?) -> Reading? {
        guard contains(.cookie) else { return nil }
        for field in fields where field.known == .cookie {
            var rest = field.value
            while let pair = Self.nextPair(of: &rest, in: bytes) {
                if let value = Self.value(of: name, in: bytes, pair), let read = reading(value) { return read }
            }
        }
        return nil
    }

    /// Takes the next cookie, with its name, off the front of a Cookie field's value: without the blanks around it, and empty
    /// where nothing stands between two semicolons.
    static func nextPair(of rest: inout Range<Int>, in bytes: Span<UInt8>) -> Range<Int>? {
        guard !rest.isEmpty else { return nil }
        var end = rest.lowerBound
        while end < rest.upperBound, bytes[end] != ASCII.semicolon { end += 1 }
        let pair = ASCII.trimmed(bytes, rest.lowerBound..<end)
        rest = min(end + 1, rest.upperBound)..<rest.upperBound
        return pair
    }

    /// Where the value stands in `pair`, if that begins with `name` and `=`.
    static func value(of name: [UInt8], in bytes: Span<UInt8>, _ pair: Range<Int>) -> Range<Int>? {
        guard pair.count > name.count, bytes[pair.lowerBound + name.count] == UInt8(ascii: "=") else { return nil }
        for offset in name.indices where bytes[pair.lowerBound + offset] != name[offset] { return nil }
        return (pair.lowerBound + name.count + 1)..<pair.upperBound
    }
}
