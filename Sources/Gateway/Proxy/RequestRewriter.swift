// SPDX-License-Identifier: Apache-2.0

internal import CurlMulti

/// Turns a client's request head into what libcurl sends to a backend.
///
/// Fields that pass are not copied: libcurl is shown them where they lie in the client's bytes, which get a NUL behind each
/// value. Only what the gateway itself has to say is written, into `lines`. Both stay as they are until the exchange is
/// over, since libcurl may read them again and a retry certainly does.
struct RequestRewriter {
    let head: RequestHead
    /// The client's bytes, the head at the front.
    let input: ByteBuffer
    /// Takes the lines that the gateway adds.
    let lines: ByteBuffer
    let list: HeaderList

    /// Where the target and the method begin as C strings.
    struct RequestLine {
        /// In `lines` rather than in `input`: a target had to be made from an absolute one.
        var isTargetMade = false
        var target = 0
        /// `nil` for GET and HEAD.
        var method: Int?
    }

    /// Writes NULs behind method and target. Done once, and last of all that reads them as text with an end.
    func requestLine() -> RequestLine {
        var line = RequestLine()
        if head.sendsAsterisk && head.targetForm == .absolute {
            line.isTargetMade = true
            line.target = made { $0.append("*") }
        } else if head.pathNeedsSlash {
            line.isTargetMade = true
            line.target = made { made in
                made.append(UInt8(ascii: "/"))
                input.withBytes(head.pathStart..<head.pathStart + head.pathLength) { made.append($0) }
            }
        } else {
            input[head.pathStart + head.pathLength] = 0
            line.target = head.pathStart
        }
        if !(head.isGet || head.isHead) || hasBody {
            input[head.methodStart + head.methodLength] = 0
            line.method = head.methodStart
        }
        return line
    }

    private var hasBody: Bool {
        switch head.framing {
        case .none: false
        case .length(let length): length > 0
        case .chunked, .untilClose: true
        }
    }

    /// Fills the list. `lines` must have room for all that is added, since it may not move afterwards.
    func fields(requestID: RequestID, client: AddressText) {
        lines.removeAll()
        list.removeAll()
        lines.reserve(512 + head.authorityLength * 2 + head.pathLength)
        suppressWhatLibcurlAdds()
        host()
        framing()
        for field in head.fields { pass(field) }
        forwarded(client)
        add("X-Request-Id: ") { lines in
            let hex = requestID.hex
            lines.append(hex.span)
        }
        // RFC 9110 §7.6.3: an intermediary names itself and the version it was spoken to in.
        add(head.isHTTP10 ? "Via: 1.0 curlew" : "Via: 1.1 curlew")
    }

    /// libcurl sends these of its own accord unless the list names them without a value.
    private func suppressWhatLibcurlAdds() {
        add("Expect:")
        if !head.contains(.accept) { add("Accept:") }
        if !head.contains(.contentType) { add("Content-Type:") }
    }

    /// The authority that the request is for: for an absolute target that is the target's, whatever Host said.
    private func host() {
        guard head.authorityLength > 0 else { return }
        add("Host: ") { lines in
            input.withBytes(head.authorityStart..<head.authorityStart + head.authorityLength) { lines.append($0) }
        }
    }

    /// A chunked body comes framed already, which libcurl believes when it is told first that there is no
    /// Transfer-Encoding. TE speaks to the next hop only; the gateway says of itself what the client has said, and it can
    /// hand on trailers exactly where the client takes them (RFC 9110 §10.1.4).
    private func framing() {
        if head.framing == .chunked {
            add("Transfer-Encoding:")
            add("Transfer-Encoding: chunked")
        }
        if head.takesTrailers {
            add("TE: trailers")
            add("Connection: TE")
        }
    }

    private func pass(_ field: HeaderField) {
        switch field.known {
        // Said anew by the gateway or by libcurl.
        case .host, .contentLength, .expect, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort,
            .forwarded, .xRequestID, .xRealIP:
            return
        // It announces what only a chunked body can have.
        case .trailer where head.framing != .chunked: return
        default: break
        }
        if field.known.isHopByHop { return }
        if head.connection.hasNominations, input.withBytes(0..<head.length, { head.isNominated(field, in: $0) }) {
            return
        }
        if field.valueLength == 0 {
            // libcurl takes "Name:" for a wish to leave the field out, and "Name;" for an empty one.
            input[Int(field.nameStart + field.nameLength)] = UInt8(ascii: ";")
            input[Int(field.nameStart + field.nameLength) + 1] = 0
        } else {
            input[Int(field.valueStart + field.valueLength)] = 0
        }
        show(input, Int(field.nameStart))
    }

    /// What the client said of itself is replaced: nobody it came through is trusted.
    private func forwarded(_ client: AddressText) {
        add("X-Forwarded-For: ") { lines in client.withBytes { lines.append($0) } }
        add("X-Forwarded-Proto: http")
        guard head.authorityLength > 0 else { return }
        add("X-Forwarded-Host: ") { lines in
            input.withBytes(head.authorityStart..<head.authorityStart + head.authorityLength) { lines.append($0) }
        }
    }

    private func add(_ name: StaticString, _ value: (ByteBuffer) -> Void = { _ in }) {
        let start = made { lines in
            lines.append(name)
            value(lines)
        }
        show(lines, start)
    }

    /// Writes a C string into `lines` and returns where it begins.
    private func made(_ write: (ByteBuffer) -> Void) -> Int {
        let start = lines.end
        write(lines)
        lines.append(0 as UInt8)
        return start
    }

    /// Adds the C string at `start` to the list. The buffer stays where it is until the exchange is over.
    private func show(_ buffer: ByteBuffer, _ start: Int) {
        unsafe list.append(buffer.cString(at: start))
    }
}
