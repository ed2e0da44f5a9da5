// SPDX-License-Identifier: Apache-2.0

/// A body as it arrived: the bytes of a small one, and of a large one what tells whether it is intact.
package struct ReceivedBody: Sendable {
    /// How the end of a body is known (RFC 9112, section 6).
    package enum Framing: Sendable, Equatable {
        /// There is no body.
        case none
        /// `Content-Length`.
        case length(Int)
        /// `Transfer-Encoding: chunked`.
        case chunked
        /// The end of the connection.
        case untilClose
    }

    /// No more than this is kept.
    static let kept = 4 << 20

    package var framing: Framing = .none
    /// How many bytes came, without framing.
    package private(set) var count = 0
    /// The bytes, as long as there are no more than 4 MiB.
    package private(set) var bytes: [UInt8] = []
    /// Whether every byte is that of ``BodyPattern`` at its place.
    package private(set) var followsPattern = true
    /// How many chunks of a chunked body came, without the last, empty one.
    package var chunks = 0
    /// The trailer fields of a chunked body.
    package var trailers = MessageFields()

    /// The body as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ piece: UnsafeRawBufferPointer) {
        if followsPattern { followsPattern = BodyPattern.matches(piece, at: count) }
        if count + piece.count <= ReceivedBody.kept { bytes.append(contentsOf: piece) }
        count += piece.count
    }
}
