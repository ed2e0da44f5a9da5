// SPDX-License-Identifier: Apache-2.0

/// The parts of a text record.
extension RecordFormatter {
    /// `GET /path`; a part that the request was too malformed to have is `-`.
    mutating func textWords(_ method: Span<UInt8>, _ target: Span<UInt8>) {
        if method.count > 0 {
            text(method, limit: RecordFormatter.methodLimit, as: .textWord)
        } else {
            buffer.append("-")
        }
        buffer.append(" ")
        if redaction.isNeeded, target.count > 0 {
            redaction.apply(target)
            let shown = redaction.result
            text(shown.span, limit: RecordFormatter.targetLimit, as: .textWord)
        } else if target.count > 0 {
            text(target, limit: RecordFormatter.targetLimit, as: .textWord)
        } else {
            buffer.append("-")
        }
    }

    /// A backend's name, or `-` when there is none.
    mutating func textName(_ name: [UInt8]?) {
        guard let name else { return buffer.append("-") }
        text(name.span, limit: RecordFormatter.wordLimit, as: .textWord)
    }

    /// Escaped bytes. Where they are cut they end in `\...`, which no escaped text contains.
    mutating func text(_ bytes: Span<UInt8>, limit: Int, as escaping: Escaping) {
        guard bytes.count > limit else { return buffer.append(bytes, as: escaping) }
        buffer.append(bytes.extracting(first: RecordFormatter.cut(bytes, limit: limit)), as: escaping)
        buffer.append("\\...")
    }

    /// A metadata value: as it is where that is clear, else between quotation marks, a structure as JSON.
    mutating func textValue(_ value: LogField.Value) {
        switch value {
        case .integer, .boolean, .list, .object: jsonValue(value)
        case .text(let word):
            let isClear = word.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
            if isClear, !word.isEmpty {
                text(word.utf8.span, limit: RecordFormatter.wordLimit, as: .textMessage)
            } else {
                buffer.append("\"")
                text(word.utf8.span, limit: RecordFormatter.wordLimit, as: .textQuoted)
                buffer.append("\"")
            }
        }
    }

    /// The longest start of `bytes` within `limit` that does not end inside a character.
    static func cut(_ bytes: Span<UInt8>, limit: Int) -> Int {
        var end = limit
        while end > limit - 3, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return bytes[end] & 0xC0 == 0x80 ? limit : end
    }
}
