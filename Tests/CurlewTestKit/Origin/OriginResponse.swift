// SPDX-License-Identifier: Apache-2.0

/// What an origin answers.
package struct OriginResponse: Sendable {
    package enum Body: Sendable {
        /// Nothing after the head, and no framing field unless ``OriginResponse/fields`` has one.
        case none
        /// Announced by `Content-Length`.
        case fixed([UInt8])
        /// One chunk for each element, then the trailers.
        case chunked([[UInt8]], trailers: [(String, String)] = [])
        /// So many bytes of ``BodyPattern``, generated while they are sent.
        case pattern(Int, chunked: Bool = false)
        /// Ended by closing the connection.
        case untilClose([UInt8])
    }

    package var status: Int
    package var reason: String
    package var version = "HTTP/1.1"
    /// Fields besides those that frame the body.
    package var fields: [(String, String)]
    package var body: Body
    /// Whether the origin closes the connection afterwards.
    package var closes = false
    /// What the origin waits for before it answers.
    package var gate: Gate?

    package init(
        _ status: Int = 200,
        reason: String = "OK",
        fields: [(String, String)] = [],
        body: Body = .none,
        gate: Gate? = nil
    ) {
        self.status = status
        self.reason = reason
        self.fields = fields
        self.body = body
        self.gate = gate
    }

    /// A short text with its `Content-Length`.
    package static func text(
        _ text: String,
        status: Int = 200,
        fields: [(String, String)] = [],
        gate: Gate? = nil
    ) -> OriginResponse {
        OriginResponse(status, fields: fields, body: .fixed(Array(text.utf8)), gate: gate)
    }

    /// The request's own body, with its `Content-Length`.
    package static func echo(_ request: ReceivedRequest) -> OriginResponse {
        OriginResponse(body: .fixed(request.body.bytes))
    }

    /// The head's bytes. A response to HEAD has the same fields as one to GET.
    var head: [UInt8] {
        var text = "\(version) \(status) \(reason)\r\n"
        for (name, value) in fields {
            text += "\(name): \(value)\r\n"
        }
        switch body {
        case .none where fields.contains { $0.0.lowercased() == "content-length" } || status == 204 || status == 304:
            break
        case .none: text += "Content-Length: 0\r\n"
        case .fixed(let bytes): text += "Content-Length: \(bytes.count)\r\n"
        case .pattern(let count, chunked: false): text += "Content-Length: \(count)\r\n"
        case .chunked, .pattern: text += "Transfer-Encoding: chunked\r\n"
        case .untilClose: text += "Connection: close\r\n"
        }
        return Array((text + "\r\n").utf8)
    }

    /// Whether the connection ends with this response.
    var endsConnection: Bool {
        if case .untilClose = body { true } else { closes }
    }
}
