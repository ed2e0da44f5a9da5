// SPDX-License-Identifier: Apache-2.0

/// Cookies that a backend sets.
extension ResponseHead {
    /// Whether one of the Set-Cookie fields sets a cookie with this name.
    func sets(_ name: [UInt8]) -> Bool {
        guard contains(.setCookie) else { return false }
        return fields.contains { sets(name, in: $0) }
    }

    /// Whether `field` is a Set-Cookie field for a cookie with this name: RFC 6265 §5.2, with the blanks around the name that
    /// browsers take away.
    func sets(_ name: [UInt8], in field: HeaderField) -> Bool {
        guard field.known == .setCookie else { return false }
        let bytes = bytes
        let span = bytes.span
        var end = field.value.lowerBound
        while end < field.value.upperBound, span[end] != UInt8(ascii: "="), span[end] != ASCII.semicolon { end += 1 }
        guard end < field.value.upperBound, span[end] == UInt8(ascii: "=") else { return false }
        let found = ASCII.trimmed(span, field.value.lowerBound..<end)
        return found.count == name.count && name.indices.allSatisfy { span[found.lowerBound + $0] == name[$0] }
    }
}
