// SPDX-License-Identifier: Apache-2.0

/// Turns a backend's response head into what the client gets.
struct ResponseRewriter {
    /// How the body is framed towards the client.
    enum Framing: Equatable {
        /// There is none, or the Content-Length that passes says how long it is.
        case asGiven
        case chunked
        /// The end of the connection is the end of the body: for HTTP/1.0 clients.
        case untilClose
    }

    let response: ResponseHead
    let isHTTP10: Bool
    let isHead: Bool
    /// The client is handed trailers where it can be; see ``RequestHead/takesTrailers``.
    let takesTrailers: Bool
    /// What the request's route changes of responses.
    var edits: RouteEdits?
    /// The gateway's own cookie, which a backend does not set.
    var ownCookie: [UInt8]?

    /// The framing for this client (RFC 9112 §6.3): a length passes, and anything else becomes chunked where the client
    /// understands that.
    var framing: Framing {
        switch response.framing {
        case .none, .length: .asGiven
        case .chunked, .untilClose: isHTTP10 ? .untilClose : .chunked
        }
    }

    /// Both sides can have trailers, and the client takes them.
    var handsOnTrailers: Bool {
        takesTrailers && framing == .chunked && (response.framing == .chunked || response.isHTTP2)
    }

    /// Writes the head of the final response.
    ///
    /// - Parameters:
    ///   - output: Where the head goes.
    ///   - keepAlive: Whether the connection stays open after the response.
    ///   - date: For a response without one (RFC 9110 §6.6.1), and not asked for by any other.
    ///   - ownFields: Writes the gateway's own, each with its end of line.
    func write(
        to output: ByteBuffer,
        keepAlive: Bool,
        date: @autoclosure () -> InlineArray<29, UInt8>,
        ownFields: (ByteBuffer) -> Void = { _ in }
    ) {
        let begin = output.end
        statusLine(output)
        fields(output)
        if framing == .chunked { output.append("Transfer-Encoding: chunked\r\n") }
        if !response.contains(.date) {
            output.append("Date: ")
            let date = date()
            output.append(date.span)
            output.append("\r\n")
        }
        if response.isHTTP2 {
            output.append("Via: 2.0 curlew\r\n")
        } else {
            output.append(response.isHTTP10 ? "Via: 1.0 curlew\r\n" : "Via: 1.1 curlew\r\n")
        }
        if let edits = edits?.response { edits.apply(to: output, from: begin, nil) }
        // RFC 9110 §15.5.22: a 426 says what to upgrade to, and is of no use without.
        if response.status == 426 { upgradeFields(output) }
        ownFields(output)
        if !keepAlive {
            output.append("Connection: close\r\n")
        } else if isHTTP10 {
            output.append("Connection: keep-alive\r\n")
        }
        output.append("\r\n")
    }

    /// Writes the head of an interim response (RFC 9110 §15.2), which has no body and says nothing of the connection.
    func writeInformational(to output: ByteBuffer) {
        statusLine(output)
        fields(output)
        output.append("\r\n")
    }

    /// Writes the head of a 101, behind which both sides speak another protocol (RFC 9110 §15.2.2).
    func writeSwitching(to output: ByteBuffer, ownFields: (ByteBuffer) -> Void = { _ in }) {
        let begin = output.end
        statusLine(output)
        fields(output)
        upgradeFields(output)
        output.append("Via: 1.1 curlew\r\n")
        if let edits = edits?.response { edits.apply(to: output, from: begin, nil) }
        ownFields(output)
        output.append("\r\n")
    }

    private func upgradeFields(_ output: ByteBuffer) {
        guard response.contains(.upgrade) else { return }
        for field in response.fields where field.known == .upgrade {
            copy(field.line, to: output)
            output.append("\r\n")
        }
        output.append("Connection: Upgrade\r\n")
    }

    private func statusLine(_ output: ByteBuffer) {
        output.append("HTTP/1.1 ")
        if response.reasonStart > 0 {
            // Status and reason as they came.
            copy(ResponseHead.statusStart..<response.reasonStart + response.reasonLength, to: output)
        } else {
            output.append(decimal: response.status)
            output.append(UInt8(ascii: " "))
            if response.isHTTP2 { output.append(ReasonPhrase.of(response.status)) }
        }
        output.append("\r\n")
    }

    private func fields(_ output: ByteBuffer) {
        // Taken once: each look into the response's arrays is counted.
        let (fields, bytes) = (response.fields, response.bytes)
        for field in fields {
            if field.known.isHopByHop { continue }
            // It announces trailers (RFC 9110 §6.6.2), so it passes only where they do.
            if field.known == .trailer, !handsOnTrailers { continue }
            // Where there is no body by definition, a length says what another request would get (RFC 9110 §8.6); with
            // 1xx and 204 it is forbidden.
            if field.known == .contentLength, response.status < 200 || response.status == 204 { continue }
            if let ownCookie, response.sets(ownCookie, in: field) { continue }
            if response.connection.hasNominations, response.isNominated(field) { continue }
            output.append(bytes.span.extracting(field.line))
            output.append("\r\n")
        }
    }

    /// What ends a chunked body, with those of the trailers at the end of `body` that the client gets.
    func lastChunk(of body: ChunkedDecoder) -> [UInt8] {
        guard handsOnTrailers, !body.trailers.isEmpty else { return LastChunk.plain }
        let bytes = response.bytes
        return LastChunk.with(body.trailers, in: body.trailerBytes) { name in
            response.connection.nominate(name, among: response.fields, in: bytes.span)
        }
    }

    private func copy(_ range: Range<Int>, to output: ByteBuffer) {
        let bytes = response.bytes
        output.append(bytes.span.extracting(range))
    }
}
