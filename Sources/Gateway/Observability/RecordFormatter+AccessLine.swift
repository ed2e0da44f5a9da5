// SPDX-License-Identifier: Apache-2.0

/// The forms that programs for access logs know, as Apache's mod_log_config writes them.
///
///     common:   LogFormat "%h %l %u %t \"%r\" %>s %b"
///     combined: LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\""
extension RecordFormatter {
    /// A request that is over.
    mutating func accessLine(_ method: Span<UInt8>, _ target: Span<UInt8>, _ summary: borrowing ExchangeSummary) {
        summary.client.withBytes { accessWord($0) }
        buffer.append(" - ")
        let notes = notes
        accessWord(notes.user.span)
        buffer.append(" [")
        let stamp = clock.accessStamp(time)
        buffer.append(stamp.span)
        buffer.append("] \"")
        requestLine(method, target, isHTTP10: summary.isHTTP10)
        buffer.append("\" ")
        if summary.status > 0 { buffer.append(UInt64(summary.status), digits: 3) } else { buffer.append("-") }
        buffer.append(" ")
        // %b: "In CLF format, i.e. a '-' rather than a 0 when no bytes are sent."
        if summary.bytesOut > 0 { buffer.append(summary.bytesOut) } else { buffer.append("-") }
        if isCombined {
            for entry in notes.request {
                buffer.append(" \"")
                if entry.isThere {
                    cutAccess(entry.value.span, limit: RecordFormatter.wordLimit)
                } else {
                    buffer.append("-")
                }
                buffer.append("\"")
            }
        }
        buffer.append("\n")
    }

    /// What the client has sent for a first line; `-` where it was too bad to be one.
    private mutating func requestLine(_ method: Span<UInt8>, _ target: Span<UInt8>, isHTTP10: Bool) {
        guard method.count > 0, target.count > 0 else { return buffer.append("-") }
        cutAccess(method, limit: RecordFormatter.methodLimit)
        buffer.append(" ")
        if redaction.isNeeded {
            redaction.apply(target)
            let shown = redaction.result
            cutAccess(shown.span, limit: RecordFormatter.targetLimit)
        } else {
            cutAccess(target, limit: RecordFormatter.targetLimit)
        }
        if isHTTP10 { buffer.append(" HTTP/1.0") } else { buffer.append(" HTTP/1.1") }
    }

    /// A word between spaces, which must not hold one.
    private mutating func accessWord(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return buffer.append("-") }
        for index in 0..<min(bytes.count, RecordFormatter.methodLimit) {
            if bytes[index] == UInt8(ascii: " ") { buffer.append("\\x20") } else { buffer.append(access: bytes[index]) }
        }
    }

    private mutating func cutAccess(_ bytes: Span<UInt8>, limit: Int) {
        for index in 0..<min(bytes.count, limit) { buffer.append(access: bytes[index]) }
    }
}

extension RecordBuffer {
    /// A byte as Apache's `ap_escape_logitem` writes it: "non-printable and other special characters in %r, %i and %o are
    /// escaped using \xhh sequences, where hh stands for the hexadecimal representation of the raw byte. Exceptions from
    /// this rule are " and \, which are escaped by prepending a backslash, and all whitespace characters, which are written
    /// in their C-style notation (\n, \t, etc)."
    fileprivate mutating func append(access byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0B: append("\\v")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        case 0x20...0x7E: append(byte)
        default:
            append("\\x")
            for digit in [byte >> 4, byte & 15] {
                append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}
