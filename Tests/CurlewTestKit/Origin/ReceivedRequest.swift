// SPDX-License-Identifier: Apache-2.0

/// A request as an origin received it.
package struct ReceivedRequest: Sendable {
    /// Which connection brought it, counted from 0 in the order of accepting.
    package let connection: Int
    /// The request line, the fields and the blank line, byte for byte.
    package let head: [UInt8]
    package let method: String
    /// The request target, byte for byte.
    package let target: String
    package let version: String
    package let fields: MessageFields
    /// The body; its bytes arrive later than the head.
    package var body = ReceivedBody()
    /// Whether all of the body has arrived.
    package var isComplete = false

    /// Parses a head strictly: the gateway may send nothing that is open to interpretation.
    init(head: [UInt8], connection: Int) throws {
        let lines = try MessageReader.lines(of: head)
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3 else { throw KitError.malformed("request line \(lines[0])") }
        self.connection = connection
        self.head = head
        method = String(words[0])
        target = String(words[1])
        version = String(words[2])
        fields = try MessageFields(lines: lines.dropFirst())
        body.framing = try ReceivedRequest.framing(of: fields)
    }

    /// RFC 9112, section 6.3, without any leniency.
    private static func framing(of fields: MessageFields) throws -> ReceivedBody.Framing {
        let lengths = fields[all: "Content-Length"]
        let codings = fields[all: "Transfer-Encoding"]
        switch (lengths.count, codings.count) {
        case (0, 0): return .none
        case (0, 1) where codings[0].lowercased() == "chunked": return .chunked
        case (1, 0):
            guard let length = Int(lengths[0]), length >= 0 else { break }
            return length == 0 ? .none : .length(length)
        default: break
        }
        throw KitError.malformed("framing: Content-Length \(lengths), Transfer-Encoding \(codings)")
    }

    /// The head as text.
    package var headText: String { String(decoding: head, as: UTF8.self) }
}
