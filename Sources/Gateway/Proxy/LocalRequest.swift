// SPDX-License-Identifier: Apache-2.0

/// A request as a ``LocalResponder`` sees it, for the time of a call. Its strings are made when they are asked for; bytes
/// that are not UTF-8 are replaced in them.
package struct LocalRequest {
    private let request: RequestHead
    private let input: ByteBuffer
    /// Bytes of the body, without its framing.
    package let bodyBytes: UInt64
    /// Those of them that were kept; see ``LocalResponder/keptBodyBytes``.
    package let body: [UInt8]
    /// The address of whoever asks.
    package let client: String

    init(_ request: RequestHead, of client: String, in input: ByteBuffer, bodyBytes: UInt64 = 0, body: [UInt8] = []) {
        self.request = request
        self.client = client
        self.input = input
        self.bodyBytes = bodyBytes
        self.body = body
    }

    /// The method as it was sent.
    package var method: String { text(request.methodStart..<request.methodStart + request.methodLength) }

    /// The path of the target, without query and not decoded. Empty where the target has none, which means `/`.
    package var path: String {
        let range = request.pathStart..<request.pathStart + request.pathLength
        return input.withBytes(range) { bytes in
            let end = bytes.indices.first { bytes[$0] == UInt8(ascii: "?") } ?? bytes.count
            return String(decoding: bytes.extracting(first: end).bytesArray, as: UTF8.self)
        }
    }

    /// The value of the first field with this name, in any mixture of case; `nil` when there is none.
    package func value(of name: String) -> String? {
        let name = name.lowercased().utf8.map(\.self)
        let field = input.withBytes(0..<request.length) { bytes in
            request.fields.first { ASCII.equals(bytes, $0.name, ignoringCase: name) }
        }
        return field.map { text($0.value) }
    }

    /// Request line and fields, byte for byte as they were sent, without the empty line behind them.
    package var head: [UInt8] {
        let end = request.fields.last?.line.upperBound ?? endOfRequestLine
        return input.withBytes(request.methodStart..<end) { $0.bytesArray }
    }

    private var endOfRequestLine: Int {
        let start = request.targetStart + request.targetLength
        // " HTTP/1.x"
        return min(start + 9, request.length)
    }

    private func text(_ range: Range<Int>) -> String {
        input.withBytes(range) { String(decoding: $0.bytesArray, as: UTF8.self) }
    }
}

extension Span<UInt8> {
    /// A copy. Exactly `count` bytes are written, as the array is told.
    fileprivate var bytesArray: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in indices { unsafe buffer[index] = self[index] }
            initialized = count
        }
    }
}
