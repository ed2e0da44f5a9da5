// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// Turns a client's request head into the text that a backend is sent; see ``RequestText``.
///
/// What it copies has passed the parser, so none of it holds a CR, LF or NUL. The text stays until the exchange is over, for
/// another attempt.
struct RequestRewriter {
    let head: RequestHead
    /// The client's bytes, the head at the front.
    let input: ByteBuffer
    /// Takes the text.
    let text: ByteBuffer
    /// The request is forwarded as one to change protocols; see ``RequestHead/asksForUpgrade(in:)``.
    var isUpgrade = false
    /// What the request's route changes of requests.
    var edits: RouteEdits?
    /// What the backend that the text is for says of the Host field.
    var backendHost: BackendHost?
    /// The text is for a copy of the request; see ``Mirror``.
    var isCopy = false
    /// Has the request's trace, and the span that the text belongs to; `nil` where what the client says of it passes as it is.
    var traced: ExchangeDetails?
    /// The name of a cookie that is the gateway's own, and so no backend's affair.
    var ownCookie: [UInt8]?

    /// A chunked body goes to libcurl without its chunks: it is whole, or libcurl knows what framing it needs.
    var unframesBody = false
    /// Signs what was written, with what follows it.
    var signer: RequestSigner?
    var payload = RequestSigner.Payload.none

    /// Whom the request is from.
    struct Sender {
        var requestID: RequestID
        /// Who has connected.
        var connection: AddressText
        /// Who has asked: somebody else where a trusted proxy has connected.
        var client: AddressText
        /// What `connection` says of its own client counts.
        var isTrusted: Bool
    }

    /// Where things stand in the text, each with a NUL behind it.
    struct Layout {
        var head = 0
        /// `nil` for GET and HEAD without a body.
        var method: Int?
        var hasHost = false
        /// The text is for one backend alone.
        var isForOneBackend = false
        /// A chunked body goes to libcurl without its chunks, and libcurl frames it.
        var isBodyOpen = false
    }

    /// Writes everything anew.
    func write(_ sender: Sender) -> Layout {
        text.removeAll()
        text.reserve(512 + head.length)
        var layout = Layout(hasHost: head.authorityLength > 0)
        if backendHost != nil {
            layout.hasHost = true
            layout.isForOneBackend = true
        }
        // Each attempt is another span.
        if traced != nil { layout.isForOneBackend = true }
        if unframesBody && head.framing == .chunked {
            layout.isBodyOpen = true
            layout.isForOneBackend = true
        }
        if !(head.isGet || head.isHead) || head.hasBody || isUpgrade {
            layout.method = text.end
            copy(head.methodStart, head.methodLength)
            text.append(0 as UInt8)
        }
        layout.head = text.end
        let isPathReplaced = target()
        text.append(RequestText.afterTarget)
        let fields = text.end
        host()
        framing()
        for field in head.fields { pass(field, isTrusted: sender.isTrusted) }
        if isUpgrade { line("Connection: Upgrade") }
        if sender.isTrusted { forwardedByProxy(sender.connection) } else { forwarded(sender.connection) }
        if isPathReplaced, let line = edits?.path?.forwardedPrefix { text.append(line) }
        line("X-Request-Id: ") {
            let hex = sender.requestID.hex
            $0.append(hex.span)
        }
        // RFC 9110 §7.6.3: an intermediary names itself and the version it was spoken to in.
        line(head.isHTTP10 ? "Via: 1.0 curlew" : "Via: 1.1 curlew")
        if let traced, let trace = traced.trace {
            line("traceparent: ") {
                let value = trace.traceparent(of: isCopy ? trace.span : traced.writtenSpan)
                $0.append(value.span)
            }
        }
        if isCopy { line("X-Mirrored: 1") }
        if let editor = edits?.request {
            editor.apply(to: text, from: fields, values(sender))
        }
        if let signer {
            let method = input.withBytes(head.methodStart..<head.methodStart + head.methodLength) { name in
                name.indices.map { name[$0] }
            }
            signer.sign(method, text, from: layout.head, payload, at: .now())
        }
        text.append(RequestText.lastLine)
        text.append(0 as UInt8)
        return layout
    }

    /// Returns whether the route has replaced some of the path.
    private func target() -> Bool {
        if let rewriter = edits?.path, !head.sendsAsterisk {
            let path = ForwardedPath(head, in: input)
            let isReplaced = path.write(to: text, rewriter)
            path.writeQuery(to: text)
            return isReplaced
        }
        if head.sendsAsterisk && head.targetForm == .absolute {
            text.append(UInt8(ascii: "*"))
            return false
        }
        if head.pathNeedsSlash { text.append(UInt8(ascii: "/")) }
        copy(head.pathStart, head.pathLength)
        return false
    }

    private func values(_ sender: Sender) -> HeaderEditor.Values {
        HeaderEditor.Values(client: sender.client, requestID: sender.requestID, host: head.host, input: input)
    }

    /// The authority that the request is for: for an absolute target that is the target's, whatever Host said.
    private func host() {
        if let own = backendHost, own.replacesClients || head.authorityLength == 0 { return text.append(own.field) }
        guard head.authorityLength > 0 else { return }
        text.append("Host: ")
        copy(head.authorityStart, head.authorityLength)
        text.append("\r\n")
    }

    /// A chunked body comes framed already. TE speaks to the next hop only; the gateway says of itself what the client has
    /// said, and it can hand on trailers exactly where the client takes them (RFC 9110 §10.1.4).
    private func framing() {
        if head.framing == .chunked && !unframesBody { line("Transfer-Encoding: chunked") }
        if head.takesTrailers { line("TE: trailers\r\nConnection: TE") }
    }

    private func pass(_ field: HeaderField, isTrusted: Bool) {
        switch field.known {
        // Said anew by the gateway or by libcurl.
        case .host, .contentLength, .expect, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort,
            .forwarded, .xRequestID, .xRealIP, .xCurlew:
            return
        // Said of the client by somebody who may not; the gateway has no word of its own on it.
        case .xForwarded where !isTrusted: return
        case .traceparent where traced != nil: return
        // Of a trace that begins here it says nothing, and what is not valid nobody can read.
        case .tracestate where traced?.trace?.keepsState == false: return
        // A backend may spare itself by it what is to be done once. The gateway in front of this one may have said it.
        case .xMirrored where !isTrusted || isCopy: return
        // It announces what only a chunked body can have.
        case .trailer where head.framing != .chunked || unframesBody: return
        // Taken by some backends for one of those above. And what CGI makes of Proxy is the variable by which libraries are
        // told of a proxy for their own requests (CVE-2016-5385); no client has a use for it.
        case .mimic, .proxy:
            return
        case .cookie:
            if let ownCookie, passCookies(field, without: ownCookie) { return }
        case .maxForwards:
            if let hops = head.maxForwards { return line("Max-Forwards: ") { $0.append(decimal: Int(hops) - 1) } }
        default: break
        }
        // Connection names Upgrade in any such request, and the gateway's own does so again.
        if isUpgrade && field.known == .upgrade { return copyLine(field) }
        if field.known.isHopByHop { return }
        if head.connection.hasNominations, input.withBytes(0..<head.length, { head.isNominated(field, in: $0) }) {
            return
        }
        copyLine(field)
    }

    private func copyLine(_ field: HeaderField) {
        if field.valueLength == 0 {
            copy(Int(field.nameStart), Int(field.nameLength))
            text.append(":\r\n")
        } else {
            copy(Int(field.nameStart), field.line.count)
            text.append("\r\n")
        }
    }

    /// What the client said of itself is replaced: it is not trusted.
    private func forwarded(_ client: AddressText) {
        line("X-Forwarded-For: ") { text in client.withBytes { text.append($0) } }
        line("X-Forwarded-Proto: http")
        forwardedHost()
    }

    func forwardedHost() {
        guard head.authorityLength > 0 else { return }
        text.append("X-Forwarded-Host: ")
        copy(head.authorityStart, head.authorityLength)
        text.append("\r\n")
    }

    @inline(__always)
    func line(_ name: StaticString, _ value: (ByteBuffer) -> Void = { _ in }) {
        text.append(name)
        value(text)
        text.append("\r\n")
    }

    /// Copies some of the client's bytes.
    private func copy(_ start: Int, _ count: Int) {
        input.withBytes(start..<start + count) { text.append($0) }
    }
}
