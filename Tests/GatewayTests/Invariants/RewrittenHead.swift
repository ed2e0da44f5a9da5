// SPDX-License-Identifier: Apache-2.0

import CCurl

@testable import CurlMulti
@testable import Gateway

/// What backends and clients get of a head, as bytes: the one place where these checks meet the rewriters.
enum RewrittenHead {
    /// The request head that libcurl makes of what the rewriter hands it.
    ///
    /// libcurl takes `Name:` without a value for a wish to leave the field out, `Name;` for an empty field, and adds the
    /// framing of the body itself, from what it was told of it.
    static func request(_ head: RequestHead, in bytes: [UInt8]) -> [UInt8] {
        let input = ByteBuffer(capacity: bytes.count)
        input.append(bytes)
        let lines = ByteBuffer(capacity: 64)
        let list = HeaderList()
        let rewriter = RequestRewriter(head: head, input: input, lines: lines, list: list)
        rewriter.fields(requestID: RequestID(high: 1, low: 2), client: AddressText("192.0.2.1"))
        let line = rewriter.requestLine()
        var wire = line.method.map { text(at: input.cString(at: $0)) } ?? Array((head.isHead ? "HEAD" : "GET").utf8)
        wire += [32] + text(at: (line.isTargetMade ? lines : input).cString(at: line.target))
        wire += Array(" HTTP/1.1\r\n".utf8)
        var node = list.head
        while let current = node {
            wire += field(text(at: current.pointee.data))
            node = current.pointee.next
        }
        switch head.framing {
        case .none, .untilClose: break
        case .chunked: wire += Array("Transfer-Encoding: chunked\r\n".utf8)
        case .length(let length): wire += Array("Content-Length: \(length)\r\n".utf8)
        }
        return wire + [13, 10]
    }

    /// The head of the final response for a client.
    static func response(_ head: ResponseHead, forHTTP10 isHTTP10: Bool, forHead isHead: Bool) -> [UInt8] {
        let output = ByteBuffer(capacity: 64)
        let rewriter = ResponseRewriter(response: head, isHTTP10: isHTTP10, isHead: isHead)
        rewriter.write(to: output, keepAlive: true, date: InlineArray(repeating: 48))
        return output.withBytes(output.start..<output.end) { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// The head of an interim response.
    static func informational(_ head: ResponseHead) -> [UInt8] {
        let output = ByteBuffer(capacity: 64)
        ResponseRewriter(response: head, isHTTP10: false, isHead: false).writeInformational(to: output)
        return output.withBytes(output.start..<output.end) { bytes in bytes.indices.map { bytes[$0] } }
    }

    private static func field(_ line: [UInt8]) -> [UInt8] {
        guard let separator = line.firstIndex(where: { $0 == 58 || $0 == 59 }) else { return line + [13, 10] }
        let hasValue = line[(separator + 1)...].contains { $0 != 32 && $0 != 9 }
        if line[separator] == 58 { return hasValue ? line + [13, 10] : [] }
        return hasValue ? line + [13, 10] : Array(line[..<separator]) + [58, 13, 10]
    }

    private static func text(at start: UnsafeMutablePointer<CChar>) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while start[index] != 0 {
            bytes.append(UInt8(bitPattern: start[index]))
            index += 1
        }
        return bytes
    }
}
