// SPDX-License-Identifier: Apache-2.0

@testable import CurlMulti
@testable import Gateway

/// What backends and clients get of a head, as bytes: the one place where these checks meet the rewriters.
enum RewrittenHead {
    /// The request head that libcurl makes of what the rewriter hands it: it writes the text where a target stands, and adds
    /// the framing of the body itself, from what it was told of it. See ``RequestText``.
    static func request(_ head: RequestHead, in bytes: [UInt8]) -> [UInt8] {
        let input = ByteBuffer(capacity: bytes.count)
        input.append(bytes)
        let text = ByteBuffer(capacity: 64)
        let rewriter = RequestRewriter(head: head, input: input, text: text)
        let client = AddressText("192.0.2.1")
        let layout = rewriter.write(
            RequestRewriter.Sender(
                requestID: RequestID(high: 1, low: 2),
                connection: client,
                client: client,
                isTrusted: false
            )
        )
        var wire = layout.method.map { string(in: text, at: $0) } ?? Array((head.isHead ? "HEAD" : "GET").utf8)
        wire += [32] + string(in: text, at: layout.head) + Array(" HTTP/1.1\r\n".utf8)
        switch head.framing {
        // The gateway frames a chunked body itself, and its text says so.
        case .none, .untilClose, .chunked: break
        case .length(let length): wire += Array("Content-Length: \(length)\r\n".utf8)
        }
        return wire + [13, 10]
    }

    /// The head of the final response for a client.
    static func response(_ head: ResponseHead, forHTTP10 isHTTP10: Bool, forHead isHead: Bool) -> [UInt8] {
        let output = ByteBuffer(capacity: 64)
        let rewriter = ResponseRewriter(response: head, isHTTP10: isHTTP10, isHead: isHead, takesTrailers: false)
        rewriter.write(to: output, keepAlive: true, date: InlineArray(repeating: 48))
        return output.withBytes(output.start..<output.end) { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// The head of an interim response.
    static func informational(_ head: ResponseHead) -> [UInt8] {
        let output = ByteBuffer(capacity: 64)
        ResponseRewriter(response: head, isHTTP10: false, isHead: false, takesTrailers: false)
            .writeInformational(to: output)
        return output.withBytes(output.start..<output.end) { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// The bytes up to the NUL, which is where libcurl stops.
    private static func string(in text: ByteBuffer, at start: Int) -> [UInt8] {
        text.withBytes(start..<text.end) { bytes in
            var string: [UInt8] = []
            for index in bytes.indices {
                if bytes[index] == 0 { break }
                string.append(bytes[index])
            }
            return string
        }
    }
}
