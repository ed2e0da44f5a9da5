// SPDX-License-Identifier: Apache-2.0

/// The head of a response as a backend sent it. It owns its bytes, since libcurl shows each line only once; one object is
/// used again and again and keeps its storage.
package final class ResponseHead {
    /// The status line, all fields and the blank line: what all offsets point into.
    /// To get at its span, copy it to a local constant first: the storage is shared, not duplicated.
    var bytes: [UInt8] { lines.bytes }
    /// The header fields in the order they came.
    var fields: [HeaderField] { lines.fields }
    /// Where these are kept.
    var lines = ResponseLines()

    /// 100 to 599.
    var status = 0
    /// Offset of the status in a response by HTTP/1.
    static let statusStart = 9
    /// Offset and bytes of the reason phrase, perhaps none. The offset is 0 where not even the space before it came.
    var reasonStart = 0
    var reasonLength = 0
    /// The backend's version is HTTP/1.0.
    var isHTTP10 = false
    /// It has come by HTTP/2. The end of the body is then the end of the stream, which libcurl tells from its being cut off.
    var isHTTP2 = false
    /// How the body is framed towards the gateway (RFC 9112 §6.3); `none` for HEAD, 1xx, 204 and 304, whatever their
    /// fields say.
    var framing = BodyFraming.none
    /// The Content-Length field, where there is one: for HEAD and 304 it says what a GET would get.
    var contentLength: UInt64?
    /// What Connection says.
    var connection = ConnectionOptions()
    /// The response is usable, but tells of a body where none may be (HEAD, 1xx, 204, 304). Should bytes of it follow, and
    /// attackers look for backends where they do, they would be taken for the next response: so the upstream connection
    /// must not be used again.
    var isOdd = false
    /// A bit for each ``KnownHeader`` that occurs.
    var present: UInt64 = 0

    /// An empty head with room for an ordinary response.
    package init() {
    }

    /// Forgets everything but its storage.
    package func reset() {
        lines.removeAll()
        status = 0
        reasonStart = 0
        reasonLength = 0
        isHTTP10 = false
        isHTTP2 = false
        framing = .none
        contentLength = nil
        connection = ConnectionOptions()
        isOdd = false
        present = 0
    }

    /// Takes what `other` holds, and gives it what this one holds.
    func exchangeContents(with other: ResponseHead) {
        swap(&lines, &other.lines)
        swap(&status, &other.status)
        swap(&reasonStart, &other.reasonStart)
        swap(&reasonLength, &other.reasonLength)
        swap(&isHTTP10, &other.isHTTP10)
        swap(&isHTTP2, &other.isHTTP2)
        swap(&framing, &other.framing)
        swap(&contentLength, &other.contentLength)
        swap(&connection, &other.connection)
        swap(&isOdd, &other.isOdd)
        swap(&present, &other.present)
    }

    /// Whether the response is an interim one that another follows. 101 is not: it ends HTTP on the connection.
    package var isInformational: Bool {
        status < 200 && status != 101
    }

    /// Whether a field of that name occurs; costs one bit test.
    package func contains(_ header: KnownHeader) -> Bool {
        present & (1 &<< UInt64(header.rawValue)) != 0
    }

    /// The first field of that name.
    package func first(_ header: KnownHeader) -> HeaderField? {
        guard contains(header) else { return nil }
        for field in fields where field.known == header { return field }
        return nil
    }

    /// Whether a Connection field names `field`, one of ``fields``, so that it must not be handed on (RFC 9110 §7.6.1).
    package func isNominated(_ field: HeaderField) -> Bool {
        guard connection.hasNominations else { return false }
        let bytes = bytes
        return connection.nominate(field, among: fields, in: bytes.span)
    }
}
