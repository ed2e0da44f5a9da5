// SPDX-License-Identifier: Apache-2.0

extension RequestHead {
    /// Decides what a well-formed head means, or what makes it ambiguous.
    ///
    /// It runs once all of the head is there. Errors come in the order: Connection, target, Host, framing, expectation.
    func interpret(_ bytes: Span<UInt8>) -> ParseError? {
        var lengthField: HeaderField?
        var codings = TransferCodings()
        var isUnknownExpectation = false
        var isBadMaxForwards = false
        var repeated: UInt64 = 0
        for index in 0..<fields.count {
            let field = fields[index]
            guard field.known != .other else { continue }
            let bit: UInt64 = 1 &<< UInt64(field.known.rawValue)
            repeated |= present & bit
            present |= bit
            switch field.known {
            case .host: hostIndex = index
            case .contentLength: lengthField = field
            case .transferEncoding: codings.read(bytes, field.value)
            case .connection: connection.read(bytes, field.value, .shared)
            case .upgrade: connection.readUpgrade(field.value)
            case .te: readTE(bytes, field.value)
            case .expect: isUnknownExpectation = readExpectation(bytes, field.value) || isUnknownExpectation
            case .maxForwards: isBadMaxForwards = !readMaxForwards(bytes, field.value) || isBadMaxForwards
            default: break
            }
        }
        if connection.isTooLong { return .connectionListsTooLong }
        if let error = interpretTarget(bytes) { return error }
        if let error = interpretHost(bytes, isRepeated: repeated & (1 &<< UInt64(KnownHeader.host.rawValue)) != 0) {
            return error
        }
        if repeated & (1 &<< UInt64(KnownHeader.contentLength.rawValue)) != 0 { return .repeatedContentLength }
        if let error = frame(bytes, lengthField, codings) { return error }
        // HTTP/1.0 has no expectations: ignore them there (RFC 9110 §10.1.1).
        if isUnknownExpectation, !isHTTP10 { return .unknownExpectation }
        if isBadMaxForwards { return .badMaxForwards }
        if isHTTP10 || framing == .none || framing == .length(0) { expectsContinue = false }
        keepAlive = !connection.close && (!isHTTP10 || connection.keepAlive)
        return nil
    }

    private func frame(_ bytes: Span<UInt8>, _ length: HeaderField?, _ codings: TransferCodings) -> ParseError? {
        if codings.isPresent {
            if length != nil { return .lengthWithTransferEncoding }
            if isHTTP10 { return .transferEncodingInHTTP10 }
            if let error = codings.error { return error }
            framing = .chunked
        } else if let length {
            guard let value = ASCII.decimal(bytes, length.value) else { return .badContentLength }
            framing = .length(value)
        }
        if isTrace, framing != .none, framing != .length(0) { return .bodyNotAllowed }
        return nil
    }

    /// Returns whether the field can be obeyed. With other methods than TRACE and OPTIONS nothing is made of it (RFC 9110
    /// §7.6.2: a recipient may ignore it).
    ///
    /// A number beyond what fits is the largest that does: the value sent on is "the lesser of the received value
    /// decremented by one and the recipient's maximum supported value".
    private func readMaxForwards(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        guard isTrace || isOptions else { return true }
        guard maxForwards == nil, !value.isEmpty else { return false }
        for index in value where !ASCII.isDigit(bytes[index]) { return false }
        maxForwards = ASCII.decimal(bytes, value) ?? UInt64(Int64.max)
        return true
    }

    private func readTE(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var list = ListCursor(value)
        while let element = list.next(in: bytes) {
            if ASCII.equals(bytes, element, ignoringCase: Words.trailers) { acceptsTrailers = true }
        }
    }

    /// Returns whether there is an expectation other than `100-continue`.
    private func readExpectation(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        var isUnknown = false
        var list = ListCursor(value)
        while let element = list.next(in: bytes) {
            if element.isEmpty { continue }
            if ASCII.equals(bytes, element, ignoringCase: Words.continue100) {
                expectsContinue = true
            } else {
                isUnknown = true
            }
        }
        return isUnknown
    }
}
