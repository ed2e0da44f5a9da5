// SPDX-License-Identifier: Apache-2.0

/// What a route answers by itself, without a backend: a redirect, or a response that is always the same.
struct FixedAnswer: Sendable {
    let status: Int
    /// The status line and what stands behind it up to the date.
    private let start: [UInt8]
    /// Field lines, each with its CRLF. Content-Length is among them, where one belongs there.
    private let fields: [UInt8]
    private let body: [UInt8]
    private let location: TextTemplate?

    /// - Throws: A status or a field that such an answer cannot have, which a validated configuration rules out.
    init(_ response: FixedResponseConfiguration) throws(StartError) {
        guard 200...599 ~= response.status else {
            throw StartError("a route cannot respond with status \(response.status): 200 to 599 can be used")
        }
        // RFC 9110 §15.3.5, §15.3.6 and §15.4.5: these have no content.
        let body = [204, 205, 304].contains(response.status) ? [] : response.body
        var fields: [UInt8] = []
        if !body.isEmpty, !response.contentType.isEmpty {
            try FixedAnswer.append("Content-Type", response.contentType, to: &fields)
        }
        for field in response.headers { try FixedAnswer.append(field.name, field.value, to: &fields) }
        self.init(response.status, fields: fields, body: body, location: nil)
    }

    /// - Throws: See above.
    init(_ redirect: RedirectConfiguration) throws(StartError) {
        guard [301, 302, 303, 307, 308].contains(redirect.status) else {
            throw StartError("\(redirect.status) is no redirect: use 301, 302, 303, 307 or 308")
        }
        guard redirect.location.utf8.allSatisfy(ASCII.isFieldValue) else {
            throw StartError("the target of a redirect holds a line break or another control character")
        }
        let location = TextTemplate(redirect.location, allowing: [.host, .path, .query])
        self.init(redirect.status, fields: [], body: [], location: location)
    }

    private init(_ status: Int, fields: [UInt8], body: [UInt8], location: TextTemplate?) {
        self.status = status
        self.body = body
        self.location = location
        start = Array("HTTP/1.1 \(status) \(ReasonPhrase.of(status))\r\nDate: ".utf8)
        // RFC 9110 §8.6: none with 204, and with 304 it would have to be that of another response.
        let length = status == 204 || status == 304 ? "" : "Content-Length: \(body.count)\r\n"
        self.fields = fields + Array(length.utf8)
    }

    private static func append(_ name: String, _ value: String, to fields: inout [UInt8]) throws(StartError) {
        if let problem = HeaderEditor.problem(with: name) { throw StartError("header field \(name): \(problem)") }
        guard value.utf8.allSatisfy(ASCII.isFieldValue) else {
            throw StartError("header field \(name): its value holds a line break or another control character")
        }
        fields.append(contentsOf: "\(name): \(value)\r\n".utf8)
    }

    /// The answer needs to know the host, and an HTTP/1.0 request may have none.
    var needsHost: Bool { location?.uses(.host) ?? false }

    /// How the client is to be answered.
    struct Style {
        var keepAlive: Bool
        var date: InlineArray<29, UInt8>
        var edits: RouteEdits?
    }

    /// Writes all of it.
    ///
    /// - Returns: How many bytes of body there are; none for HEAD.
    func write(
        to output: ByteBuffer,
        for request: RequestHead,
        in input: ByteBuffer,
        _ style: Style,
        ownFields: (ByteBuffer) -> Void = { _ in }
    ) -> Int {
        let begin = output.end
        output.append(start)
        output.append(style.date.span)
        output.append("\r\n")
        output.append(fields)
        if let location {
            output.append("Location: ")
            write(location, to: output, for: request, in: input, style.edits?.path)
            output.append("\r\n")
        }
        if let edits = style.edits?.response { edits.apply(to: output, from: begin, nil) }
        ownFields(output)
        if !style.keepAlive {
            output.append("Connection: close\r\n")
        } else if request.isHTTP10 {
            output.append("Connection: keep-alive\r\n")
        }
        output.append("\r\n")
        guard !request.isHead else { return 0 }
        output.append(body)
        return body.count
    }

    private func write(
        _ location: TextTemplate,
        to output: ByteBuffer,
        for request: RequestHead,
        in input: ByteBuffer,
        _ rewriter: PathRewriter?
    ) {
        let begin = output.end
        for piece in location.pieces {
            switch piece {
            case .literal(let bytes): output.append(bytes)
            case .variable(.host): input.withBytes(request.host) { output.append($0) }
            case .variable(.path): ForwardedPath(request, in: input).write(to: output, rewriter)
            case .variable(.query): ForwardedPath(request, in: input).writeQuery(to: output)
            case .variable: break
            }
        }
        // //example.com is another host, and to browsers /\example.com is too: a client must not be sent there by its path.
        while output.end - begin >= 2, output[begin] == ASCII.slash,
            output[begin + 1] == ASCII.slash || output[begin + 1] == UInt8(ascii: "\\")
        {
            output.remove(begin + 1..<begin + 2)
        }
    }
}
