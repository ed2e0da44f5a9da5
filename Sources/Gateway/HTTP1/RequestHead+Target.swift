// SPDX-License-Identifier: Apache-2.0

extension RequestHead {
    /// Finds out the form of the target, its path and its own authority, if it has one (RFC 9112 §3.2).
    func interpretTarget(_ bytes: Span<UInt8>) -> ParseError? {
        let target = targetStart..<targetStart + targetLength
        pathStart = targetStart
        pathLength = targetLength
        if isConnect {
            targetForm = .authority
            pathLength = 0
            // The port may not be left out (RFC 9110 §9.3.6).
            guard let authority = Authority(bytes, target), authority.port != nil else { return .badTargetForm }
            adopt(authority, target)
            return nil
        }
        switch bytes[targetStart] {
        case ASCII.slash:
            targetForm = .origin
            pathBeginsWithSlash = true
            return nil
        case UInt8(ascii: "*") where targetLength == 1 && isOptions:
            targetForm = .asterisk
            return nil
        default:
            targetForm = .absolute
            return interpretAbsolute(bytes, target)
        }
    }

    private func interpretAbsolute(_ bytes: Span<UInt8>, _ target: Range<Int>) -> ParseError? {
        var index = target.lowerBound
        while index < target.upperBound, bytes[index] != ASCII.colon { index += 1 }
        let scheme = target.lowerBound..<index
        guard
            ASCII.equals(bytes, scheme, ignoringCase: Words.http)
                || ASCII.equals(bytes, scheme, ignoringCase: Words.https),
            index + 2 < target.upperBound, bytes[index + 1] == ASCII.slash, bytes[index + 2] == ASCII.slash
        else { return .badTargetForm }
        let start = index + 3
        index = start
        while index < target.upperBound, bytes[index] != ASCII.slash, bytes[index] != UInt8(ascii: "?") { index += 1 }
        guard let authority = Authority(bytes, start..<index) else { return .badHost }
        adopt(authority, start..<index)
        pathStart = index
        pathLength = target.upperBound - index
        pathBeginsWithSlash = pathLength > 0 && bytes[index] == ASCII.slash
        return nil
    }

    /// Host must be there once and well-formed even where the target's own authority replaces it (RFC 9112 §3.2).
    func interpretHost(_ bytes: Span<UInt8>, isRepeated: Bool) -> ParseError? {
        guard !isRepeated else { return .repeatedHost }
        guard hostIndex >= 0 else { return isHTTP10 ? nil : .missingHost }
        let value = fields[hostIndex].value
        guard let authority = Authority(bytes, value) else { return .badHost }
        if targetForm == .origin || targetForm == .asterisk { adopt(authority, value) }
        return nil
    }

    private func adopt(_ authority: Authority, _ range: Range<Int>) {
        authorityStart = range.lowerBound
        authorityLength = range.count
        hostLength = authority.hostLength
        port = authority.port
    }
}
