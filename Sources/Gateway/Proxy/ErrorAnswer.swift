// SPDX-License-Identifier: Apache-2.0

/// The gateway's own answer to a request that it could not or would not forward: a status, why in RFC 9209's terms, the
/// request id for whoever looks into the log, and a short body in a form that the client accepts.
struct ErrorAnswer {
    /// The form of the body.
    enum Form {
        case text, json, html
    }

    let error: ProxyError
    let requestID: RequestID
    let form: Form
    let isHead: Bool
    /// The client speaks HTTP/1.0, where a connection ends unless both sides say otherwise (RFC 9112 §9.3).
    var isHTTP10 = false
    /// What the request's route changes of responses.
    var edits: RouteEdits?

    /// Writes all of it. `fields` writes further ones, each with its end of line.
    ///
    /// - Returns: How many bytes of body there are; none for HEAD.
    @discardableResult
    func write(
        to output: ByteBuffer,
        keepAlive: Bool,
        date: InlineArray<29, UInt8>,
        fields: (ByteBuffer) -> Void = { _ in }
    ) -> Int {
        let status = error.status
        let begin = output.end
        output.append("HTTP/1.1 ")
        output.append(decimal: status)
        output.append(UInt8(ascii: " "))
        output.append(ReasonPhrase.of(status))
        output.append("\r\nDate: ")
        output.append(date.span)
        output.append("\r\nProxy-Status: curlew; error=")
        output.append(error.proxyStatusToken)
        if let details = error.proxyStatusDetails {
            output.append("; details=\"")
            output.append(details)
            output.append(UInt8(ascii: "\""))
        }
        output.append("\r\nX-Request-Id: ")
        let id = requestID.hex
        output.append(id.span)
        if let seconds = error.retryAfter {
            output.append("\r\nRetry-After: ")
            output.append(decimal: seconds)
        }
        // RFC 9110 §15.5.6: a 405 "MUST generate an Allow header field".
        if status == 405 { output.append("\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE") }
        output.append("\r\nContent-Type: ")
        output.append(contentType)
        let body = self.body
        output.append("\r\nContent-Length: ")
        output.append(decimal: body.utf8.count)
        output.append("\r\nCache-Control: no-store\r\n")
        if let edits = edits?.response { edits.apply(to: output, from: begin, nil) }
        fields(output)
        if !keepAlive {
            output.append("Connection: close\r\n")
        } else if isHTTP10 {
            output.append("Connection: keep-alive\r\n")
        }
        output.append("\r\n")
        if isHead { return 0 }
        output.append(Array(body.utf8))
        return body.utf8.count
    }

    private var contentType: StaticString {
        switch form {
        case .text: "text/plain; charset=utf-8"
        case .json: "application/json"
        case .html: "text/html; charset=utf-8"
        }
    }

    /// Says what the client can do something about. What went wrong between gateway and backend is for the log: a client
    /// gets the status, and the id to ask about.
    private var body: String {
        let status = error.status
        let title = "\(status) \(ReasonPhrase.of(status))"
        let text = error.origin == .client ? clientHint : hint
        let id = String(decoding: (0..<32).map { requestID.hex[$0] }, as: UTF8.self)
        return switch form {
        case .text: "\(title): \(text)\nRequest id: \(id)\n"
        case .json: "{\"status\":\(status),\"error\":\"\(text)\",\"request_id\":\"\(id)\"}\n"
        case .html:
            """
            <!DOCTYPE html>
            <html lang="en"><meta charset="utf-8"><title>\(title)</title>
            <h1>\(title)</h1><p>\(text)</p><p>Request id: <code>\(id)</code></p></html>

            """
        }
    }

    /// What the client has to mend. Where the reason, which is for the log, has names in it, not that.
    private var clientHint: String {
        switch error.kind {
        case .tooManyRequests(let seconds): "too many requests; try again in \(seconds) s"
        case .unauthorized: "a valid user name and password are needed"
        default: error.reason
        }
    }

    private var hint: String {
        switch error.kind {
        case .authenticationFull: "too many passwords are being verified; try again soon"
        case .noBackendAvailable: "no server is ready to take the request; try again soon"
        case .gatewayFull: "the gateway is full: \(error.reason); try again soon"
        case .outOfDescriptors: "the gateway is full: it has no connection to a server to spare; try again soon"
        case .poolFull, .queueFull, .queueTimedOut:
            "the servers have as much to do as they may have at once; try again soon"
        case .draining: "\(error.reason); try again soon"
        default: serverHint
        }
    }

    private var serverHint: String {
        switch error.status {
        case 504: "the server behind the gateway did not answer in time"
        case 502: "the server behind the gateway gave no usable answer"
        default: "the gateway could not handle the request"
        }
    }

    /// The form that the client's Accept prefers among those there are; plain text where it says nothing of them.
    static func form(for head: RequestHead, in input: ByteBuffer) -> Form {
        guard let accept = head.first(.accept) else { return .text }
        return input.withBytes(accept.value) { value in
            let json = position(of: "application/json", in: value)
            let html = position(of: "text/html", in: value)
            switch (json, html) {
            case (nil, nil): return .text
            case (_?, nil): return .json
            case (nil, _?): return .html
            case (let json?, let html?): return json < html ? .json : .html
            }
        }
    }

    private static func position(of word: StaticString, in value: Span<UInt8>) -> Int? {
        let wanted = Array("\(word)".utf8)
        guard value.count >= wanted.count else { return nil }
        return (0...value.count - wanted.count).first { start in
            ASCII.equals(value, start..<start + wanted.count, ignoringCase: wanted)
        }
    }
}
