// SPDX-License-Identifier: Apache-2.0

/// The bytes of a response head and the fields found in them. They are one value, so that a ``ResponseHead`` is accessed
/// once for each line: every access to a growing array of a class is checked for exclusivity at run time.
struct ResponseLines {
    var bytes: [UInt8] = []
    var fields: [HeaderField] = []

    /// Has room for an ordinary response.
    init() {
        bytes.reserveCapacity(1024)
        fields.reserveCapacity(32)
    }

    /// Lets go of storage that an unusually large head has needed.
    mutating func trim() {
        if bytes.capacity > 8 * 1024 || fields.capacity > 128 { self = ResponseLines() }
    }

    /// Forgets everything but its storage.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }

    /// Adds a line unread.
    mutating func append(_ line: Span<UInt8>) {
        bytes.append(line)
    }

    /// Adds a line and scans it for a field: where it came from, since the processor waits where words are read from what it
    /// has just written in other pieces.
    mutating func appendField(_ line: Span<UInt8>, _ scanner: inout FieldScanner, maximum: Int) -> ParseOutcome {
        scanner.beginLine(at: bytes.count)
        append(line)
        return scanner.scan(line, into: &fields, maximum: maximum)
    }
}
