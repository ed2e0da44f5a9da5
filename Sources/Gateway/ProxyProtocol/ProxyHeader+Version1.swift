// SPDX-License-Identifier: Apache-2.0

/// Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443` and CRLF (section 2.1).
extension ProxyHeader {
    /// The longest line, with its CRLF (section 2.1).
    private static let maximumLine = 107

    static func parseVersion1(_ bytes: Span<UInt8>) -> Outcome {
        guard agrees(bytes, with: signature1) else { return .invalid(.noHeader) }
        let window = bytes.extracting(first: maximumLine)
        var end = 0
        while end < window.count, window[end] != 0x0D { end += 1 }
        guard end + 1 < window.count else {
            return window.count == maximumLine ? .invalid(.lineTooLong) : .needMore
        }
        guard window[end + 1] == 0x0A, end > signature1.count,
            let source = source(window.extracting(signature1.count..<end))
        else { return .invalid(.badLine) }
        return .complete(length: end + 2, source: source)
    }

    /// Reads what stands behind `PROXY `, without the CRLF.
    private static func source(_ line: Span<UInt8>) -> Source? {
        var cursor = 0
        let family = word(line, at: &cursor)
        if says(line, family, "UNKNOWN") {
            // "the receiver must ignore anything presented before the CRLF is found"
            return .proxy
        }
        let isIPv4 = says(line, family, "TCP4")
        guard isIPv4 || says(line, family, "TCP6"),
            let client = address(line.extracting(word(line, at: &cursor)), isIPv4: isIPv4),
            address(line.extracting(word(line, at: &cursor)), isIPv4: isIPv4) != nil,
            isPort(line, word(line, at: &cursor)), isPort(line, word(line, at: &cursor)), cursor > line.count
        else { return nil }
        return .client(client)
    }

    /// An address that is written as those of its family are, which tells them apart by a colon. An IPv6 one may be an IPv4
    /// address in IPv6 clothes, as an IPv6 socket sees an IPv4 client.
    private static func address(_ text: Span<UInt8>, isIPv4: Bool) -> IPAddress? {
        for index in text.indices where text[index] == UInt8(ascii: ":") { return isIPv4 ? nil : IPAddress(text) }
        return isIPv4 ? IPAddress(text) : nil
    }

    /// The bytes from `cursor` up to a space or the end, which the cursor is then behind. Empty where nothing is left.
    private static func word(_ line: Span<UInt8>, at cursor: inout Int) -> Range<Int> {
        let start = min(cursor, line.count)
        var end = start
        while end < line.count, line[end] != 0x20 { end += 1 }
        cursor = end + 1
        return start..<end
    }

    private static func says(_ line: Span<UInt8>, _ range: Range<Int>, _ word: StaticString) -> Bool {
        let wanted = Array("\(word)".utf8)
        return range.count == wanted.count && agrees(line.extracting(range), with: wanted)
    }

    /// 0 to 65535, without leading zeros.
    private static func isPort(_ line: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard (1...5).contains(range.count), line[range.lowerBound] != 0x30 || range.count == 1 else { return false }
        var value = 0
        for index in range {
            guard line[index] &- 0x30 < 10 else { return false }
            value = value * 10 + Int(line[index] & 0xF)
        }
        return value <= 65_535
    }
}
