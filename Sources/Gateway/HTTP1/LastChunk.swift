// SPDX-License-Identifier: Apache-2.0

/// What ends a chunked body (RFC 9112 §7.1): the last chunk, trailer fields if there are any, and a blank line.
enum LastChunk {
    /// The end without trailers, as nearly every body has it.
    static let plain = Array("0\r\n\r\n".utf8)

    /// The end with those trailers that are handed on; see ``TrailerRules``.
    ///
    /// - Parameters:
    ///   - trailers: Validated fields.
    ///   - bytes: What their offsets point into.
    ///   - isNominated: Whether the message's Connection names a field so; RFC 9110 §7.6.1 says "remove any header or
    ///     trailer field(s)" of that name.
    /// - Returns: All of it, from the last chunk's size to the blank line.
    static func with(_ trailers: [HeaderField], in bytes: [UInt8], unless isNominated: (Span<UInt8>) -> Bool) -> [UInt8]
    {
        guard !trailers.isEmpty else { return plain }
        var end = Array("0\r\n".utf8)
        for field in trailers {
            let name = bytes.span.extracting(field.name)
            if !TrailerRules.mayPass(name) || isNominated(name) { continue }
            end.append(contentsOf: bytes[field.line])
            end.append(contentsOf: [ASCII.carriageReturn, ASCII.lineFeed])
        }
        end.append(contentsOf: [ASCII.carriageReturn, ASCII.lineFeed])
        return end
    }
}
