// SPDX-License-Identifier: Apache-2.0

/// `host [":" port]`, as Host, an absolute target and CONNECT have it (RFC 9110 §7.2, RFC 3986 §3.2).
///
/// A host name is letters, digits, `-`, `.`, `_` and `~` only. RFC 3986 would let `%41` and `!$&'()*+,;=` stand in one,
/// but advises names in DNS syntax; escapes give one host two spellings, and a comma makes two Hosts look like one.
/// An IPv6 address stands in brackets, without zone. User information and an empty host are errors (RFC 9110 §4.2.4,
/// §4.2.1).
struct Authority: Equatable {
    /// Bytes of the host, brackets included.
    var hostLength: Int
    /// The port, or `nil` where none is given: `host` and `host:` mean the same (RFC 3986 §6.2.3).
    var port: UInt16?

    /// Reads `range` of `bytes`, or is `nil` if it is anything else.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let hostEnd: Int
        if let first = range.first, bytes[first] == UInt8(ascii: "[") {
            var index = first + 1
            while index < range.upperBound, bytes[index] != UInt8(ascii: "]") { index += 1 }
            guard index < range.upperBound, IPv6Text.isValid(bytes, first + 1..<index) else { return nil }
            hostEnd = index + 1
        } else {
            var index = range.lowerBound
            while index < range.upperBound, ASCII.isHostName(bytes[index]) { index += 1 }
            hostEnd = index
        }
        hostLength = hostEnd - range.lowerBound
        guard hostLength > 0 else { return nil }
        port = nil
        guard hostEnd < range.upperBound else { return }
        guard bytes[hostEnd] == ASCII.colon else { return nil }
        let digits = hostEnd + 1..<range.upperBound
        guard !digits.isEmpty else { return }
        guard let number = ASCII.decimal(bytes, digits), let port = UInt16(exactly: number) else { return nil }
        self.port = port
    }
}
