// SPDX-License-Identifier: Apache-2.0

extension ResponseHead {
    /// Reads `HTTP/1.x SP status [SP reason]`, the first line of ``bytes`` without its CRLF (RFC 9112 §4).
    ///
    /// The space behind the status may be missing where there is no reason: the grammar wants it, but backends that leave
    /// it out are common and nothing can be misread.
    ///
    /// With `takesHTTP2` it may also be what libcurl makes of the head of an HTTP/2 response: `HTTP/2 200 `.
    func interpretStatusLine(_ line: Span<UInt8>, takesHTTP2: Bool = false) -> ResponseError? {
        if takesHTTP2, line.count >= 10, line.count <= 11, line[6] == ASCII.space { return interpretHTTP2Status(line) }
        guard line.count >= 12, line[8] == ASCII.space else { return .badStatusLine }
        var version: UInt64 = 0
        for index in 0..<8 { version = version << 8 | UInt64(line[index]) }
        switch version {
        case 0x4854_5450_2F31_2E31: isHTTP10 = false  // "HTTP/1.1"
        case 0x4854_5450_2F31_2E30: isHTTP10 = true  // "HTTP/1.0"
        default: return .badStatusLine
        }
        guard let code = ASCII.decimal(line, ResponseHead.statusStart..<12) else { return .badStatusLine }
        if line.count > 12 {
            guard line[12] == ASCII.space else { return .badStatusLine }
            for index in 13..<line.count where !ASCII.isFieldValue(line[index]) { return .badStatusLine }
            reasonStart = 13
            reasonLength = line.count - 13
        }
        guard code >= 100, code <= 599 else { return .badStatus }
        status = Int(code)
        return nil
    }

    private func interpretHTTP2Status(_ line: Span<UInt8>) -> ResponseError? {
        guard ASCII.equals(line.extracting(first: 6), "HTTP/2".utf8Span.span) else { return .badStatusLine }
        guard let code = ASCII.decimal(line, 7..<10) else { return .badStatusLine }
        guard line.count == 10 || line[10] == ASCII.space else { return .badStatusLine }
        guard code >= 100, code <= 599 else { return .badStatus }
        status = Int(code)
        isHTTP2 = true
        return nil
    }

    /// Decides what a well-formed head means, or what makes it ambiguous. libcurl takes the last of several lengths, `5abc`
    /// for 5, unknown codings for none and a coding over a length; here all of these are errors.
    func interpret(forHead isHead: Bool) -> ParseError? {
        let lines = lines
        let span = lines.bytes.span
        var codings = TransferCodings()
        for index in 0..<lines.fields.count {
            let field = lines.fields[index]
            guard field.known != .other else { continue }
            present |= 1 &<< UInt64(field.known.rawValue)
            switch field.known {
            case .contentLength:
                if contentLength != nil { return .repeatedContentLength }
                guard let value = ASCII.decimal(span, field.value) else { return .badContentLength }
                contentLength = value
            case .transferEncoding: codings.read(span, field.value)
            case .connection: connection.read(span, field.value, .shared)
            case .upgrade: connection.readUpgrade(field.value)
            default: break
            }
        }
        if connection.isTooLong { return .connectionListsTooLong }
        if codings.isPresent {
            if contentLength != nil { return .lengthWithTransferEncoding }
            // RFC 9113 §8.2.2: an HTTP/2 message with such a field is malformed.
            if isHTTP10 || isHTTP2 { return .transferEncodingInHTTP10 }
            if let error = codings.error { return error }
        }
        frame(isChunked: codings.isPresent, isHead: isHead)
        return nil
    }

    private func frame(isChunked: Bool, isHead: Bool) {
        if isHead || status < 200 || status == 204 || status == 304 {
            framing = .none
            // HEAD and 304 may say what a GET would get (RFC 9110 §8.6), and 1xx and 204 may say nothing. But a backend that
            // forgets that it must not send the body sends it some time later, perhaps when the next request is on its way
            // already. A length of 0 is common with 204 and harmless.
            // In a stream of its own it would be nobody else's.
            isOdd = !isHTTP2 && (isChunked || (contentLength ?? 0) > 0)
        } else if isChunked {
            framing = .chunked
        } else if let contentLength {
            framing = .length(contentLength)
        } else {
            framing = .untilClose
        }
    }
}
