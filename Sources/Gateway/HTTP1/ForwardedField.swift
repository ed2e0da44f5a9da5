// SPDX-License-Identifier: Apache-2.0

/// Reads a Forwarded field (RFC 7239 §4): elements between commas, each of `name=value` pairs between semicolons, whose
/// values are tokens or quoted strings.
struct ForwardedField {
    private var index = 0

    /// Reads a field's whole value, and tells `client` what its elements say.
    ///
    /// - Returns: Whether it is well formed. One that is not, such as one with an open quotation, may not be added to:
    ///   what is written behind it could be read as part of it.
    static func read(_ bytes: Span<UInt8>, into client: inout ForwardedClient) -> Bool {
        var field = ForwardedField()
        while true {
            field.skipSpace(bytes)
            // Empty elements are for the recipient to ignore (RFC 9110 §5.6.1.2).
            if field.index < bytes.count, bytes[field.index] != ASCII.comma {
                guard field.readElement(bytes, into: &client) else { return false }
            }
            if field.index == bytes.count { return true }
            guard bytes[field.index] == ASCII.comma else { return false }
            field.index += 1
        }
    }

    private mutating func readElement(_ bytes: Span<UInt8>, into client: inout ForwardedClient) -> Bool {
        var address: IPAddress?
        var hasFor = false
        while true {
            let name = readToken(bytes)
            guard !name.isEmpty, index < bytes.count, bytes[index] == UInt8(ascii: "=") else { return false }
            index += 1
            guard let value = readValue(bytes) else { return false }
            if ASCII.equals(bytes, name, ignoringCase: Words.forwardedFor) {
                // "Each parameter MUST NOT occur more than once per field-value" of a proxy: two say nothing.
                address = hasFor ? nil : ForwardedNode.address(bytes, value)
                hasFor = true
            }
            skipSpace(bytes)
            guard index < bytes.count, bytes[index] == ASCII.semicolon else { break }
            index += 1
            skipSpace(bytes)
        }
        client.add(address)
        return true
    }

    private mutating func readToken(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = index
        while index < bytes.count, ASCII.isToken(bytes[index]) { index += 1 }
        return start..<index
    }

    /// A token, or what stands between quotation marks. An address needs no backslash, so what has one is none.
    private mutating func readValue(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard index < bytes.count else { return nil }
        guard bytes[index] == UInt8(ascii: "\"") else {
            let start = index
            // A colon and brackets would have to be quoted; some write addresses without.
            while index < bytes.count, ASCII.isToken(bytes[index]) || "[]:".utf8.contains(bytes[index]) { index += 1 }
            return index > start ? start..<index : nil
        }
        index += 1
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < bytes.count else { return nil }
        index += 1
        return start..<index - 1
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while index < bytes.count, ASCII.isSpace(bytes[index]) { index += 1 }
    }
}
