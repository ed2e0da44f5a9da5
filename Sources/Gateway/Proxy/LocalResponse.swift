// SPDX-License-Identifier: Apache-2.0

/// A response that the server itself makes. It says nothing of framing, connection and date: those are the server's.
package struct LocalResponse: Sendable {
    /// One more header field.
    package struct Field: Sendable {
        /// A token (RFC 9110 §5.1).
        package let name: StaticString
        /// Bytes that no field value may have become spaces.
        package let value: String

        package init(_ name: StaticString, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// From 200 to 599.
    package var status: Int
    package var contentType: StaticString
    package var fields: [Field]
    /// Not sent in answer to HEAD, nor with 204 and 304.
    package var body: LocalBody

    package init(
        status: Int = 200,
        contentType: StaticString = "text/plain; charset=utf-8",
        fields: [Field] = [],
        body: LocalBody
    ) {
        self.status = status
        self.contentType = contentType
        self.fields = fields
        self.body = body
    }

    /// Whether a body, or a length that promises one, may follow (RFC 9110 §15.3.5, §15.4.5).
    var hasContent: Bool { status != 204 && status != 304 }

    /// Writes the head.
    func write(
        to output: ByteBuffer,
        keepAlive: Bool,
        isHTTP10: Bool,
        date: InlineArray<29, UInt8>,
        isStream: Bool = false
    ) {
        output.append("HTTP/1.1 ")
        output.append(decimal: status)
        output.append(UInt8(ascii: " "))
        output.append(ReasonPhrase.of(status))
        output.append("\r\nDate: ")
        output.append(date.span)
        if hasContent {
            output.append("\r\nContent-Type: ")
            output.append(contentType)
            if !isStream {
                output.append("\r\nContent-Length: ")
                output.append(decimal: Int(clamping: body.count))
            } else if !isHTTP10 {
                output.append("\r\nTransfer-Encoding: chunked")
            }
        }
        for field in fields {
            output.append("\r\n")
            output.append(field.name)
            output.append(": ")
            for byte in field.value.utf8 { output.append(ASCII.isFieldValue(byte) ? byte : ASCII.space) }
        }
        if !keepAlive {
            output.append("\r\nConnection: close")
        } else if isHTTP10 {
            output.append("\r\nConnection: keep-alive")
        }
        output.append("\r\n\r\n")
    }

    /// Writes the head and the body, which is a short one.
    ///
    /// - Returns: How many bytes of body there are; none for HEAD.
    func writeWhole(
        to output: ByteBuffer,
        keepAlive: Bool,
        isHTTP10: Bool = false,
        isHead: Bool = false,
        date: InlineArray<29, UInt8>
    ) -> Int {
        write(to: output, keepAlive: keepAlive, isHTTP10: isHTTP10, date: date)
        guard hasContent, !isHead else { return 0 }
        output.append(body.block)
        return body.block.count
    }
}

/// The body of a ``LocalResponse``: some bytes, or as many as wanted made by repeating some, so that a large one is never
/// held whole.
package struct LocalBody: Sendable {
    let block: [UInt8]
    /// Bytes of the body.
    package let count: UInt64

    /// These bytes.
    package init(_ bytes: [UInt8]) {
        block = bytes
        count = UInt64(bytes.count)
    }

    /// This text.
    package init(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// `block`, which may not be empty, again and again: `count` bytes in all.
    package init(repeating block: [UInt8], count: UInt64) {
        precondition(!block.isEmpty)
        self.block = block
        self.count = count
    }

    /// The part of the block that comes next, behind the first `sent` bytes of the body, at most `most` bytes long.
    func piece(after sent: UInt64, atMost most: Int) -> Range<Int> {
        guard sent < count else { return 0..<0 }
        let start = Int(sent % UInt64(block.count))
        return start..<start + Int(min(UInt64(min(most, block.count - start)), count - sent))
    }
}
