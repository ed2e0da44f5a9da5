// SPDX-License-Identifier: Apache-2.0

/// A response as a client received it, and whether it was whole.
package struct ReceivedResponse: Sendable {
    /// How the response ended.
    package enum End: Sendable, Equatable {
        /// As its framing promised.
        case complete
        /// The connection was closed too early: the client knows that something is missing.
        case truncated
        /// The connection was reset.
        case reset
    }

    /// The status line, the fields and the blank line, byte for byte.
    package let head: [UInt8]
    package let version: String
    package let status: Int
    package let reason: String
    package let fields: MessageFields
    package var body = ReceivedBody()
    package var end = End.complete
    /// The status codes of the interim (1xx) responses before it.
    package var interim: [Int] = []

    /// Parses a head strictly.
    init(head: [UInt8]) throws {
        let lines = try MessageReader.lines(of: head)
        let words = lines[0].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[1].utf8.count == 3, let status = Int(words[1]), (100...599).contains(status),
            words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0"
        else { throw KitError.malformed("status line \(lines[0])") }
        self.head = head
        version = String(words[0])
        self.status = status
        reason = String(words[2])
        fields = try MessageFields(lines: lines.dropFirst())
    }

    /// The head as text.
    package var headText: String { String(decoding: head, as: UTF8.self) }
    /// The body as text.
    package var text: String { body.text }
    /// Whether nothing is missing.
    package var isComplete: Bool { end == .complete }

    /// How the body of a response to `method` is framed (RFC 9112, section 6.3), without any leniency.
    func framing(for method: String) throws -> ReceivedBody.Framing {
        let lengths = fields[all: "Content-Length"]
        let codings = fields[all: "Transfer-Encoding"]
        guard lengths.count + codings.count <= 1 else {
            throw KitError.malformed("framing: Content-Length \(lengths), Transfer-Encoding \(codings)")
        }
        if method == "HEAD" || status < 200 || status == 204 || status == 304 { return .none }
        if let coding = codings.first {
            guard coding.lowercased() == "chunked" else { throw KitError.malformed("Transfer-Encoding: \(coding)") }
            return .chunked
        }
        guard let text = lengths.first else { return .untilClose }
        guard let length = Int(text), length >= 0 else { throw KitError.malformed("Content-Length: \(text)") }
        return .length(length)
    }
}
