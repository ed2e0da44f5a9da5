// SPDX-License-Identifier: Apache-2.0

/// What the Transfer-Encoding fields of a head say, all lines taken as one list (RFC 9110 §5.3).
///
/// Only `chunked`, once and alone, is served. Lists that break RFC 9112 §6.1 or §7 are told apart from codings that are
/// merely unknown. Empty elements count as broken, though RFC 9110 §5.6.1.2 would skip them: no sender that means well
/// writes them here, and recipients are known to differ on them.
struct TransferCodings {
    /// There was a Transfer-Encoding field at all.
    private(set) var isPresent = false
    private var chunkedCount = 0
    private var isLastChunked = false
    private var hasOthers = false
    private var isBroken = false

    /// Takes in one Transfer-Encoding field.
    mutating func read(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        isPresent = true
        var list = ListCursor(value)
        while let element = list.next(in: bytes) {
            let name = codingName(bytes, element)
            let isChunked = ASCII.equals(bytes, name, ignoringCase: Words.chunked)
            // `chunked` has no parameters (RFC 9112 §7.1: treat them as an error).
            if name.isEmpty || (isChunked && name != element) { isBroken = true }
            if isChunked { chunkedCount += 1 } else { hasOthers = true }
            isLastChunked = isChunked
        }
    }

    /// What is wrong with the list; `nil` means `chunked`.
    var error: ParseError? {
        if isBroken || chunkedCount > 1 || (chunkedCount == 1 && !isLastChunked) { return .badTransferEncoding }
        return hasOthers ? .unknownTransferCoding : nil
    }

    /// The token that a coding begins with, empty unless nothing but parameters follows it (RFC 9112 §7).
    private func codingName(_ bytes: Span<UInt8>, _ element: Range<Int>) -> Range<Int> {
        var end = element.lowerBound
        while end < element.upperBound, ASCII.isToken(bytes[end]) { end += 1 }
        var next = end
        while next < element.upperBound, ASCII.isSpace(bytes[next]) { next += 1 }
        let isWhole = next == element.upperBound || bytes[next] == ASCII.semicolon
        return element.lowerBound..<(isWhole ? end : element.lowerBound)
    }
}
