// SPDX-License-Identifier: Apache-2.0

/// One element of an Upgrade field: a protocol name, perhaps with a version behind a slash (RFC 9110 §7.8).
struct UpgradeProtocol {
    let name: Range<Int>
    /// Empty where none is given.
    let version: Range<Int>

    /// `nil` for anything but `token` or `token/token`.
    init?(_ bytes: Span<UInt8>, _ element: Range<Int>) {
        var slash = element.lowerBound
        while slash < element.upperBound, bytes[slash] != ASCII.slash { slash += 1 }
        name = element.lowerBound..<slash
        version = min(slash + 1, element.upperBound)..<element.upperBound
        if name.isEmpty || (version.isEmpty && slash < element.upperBound) { return nil }
        for index in name where !ASCII.isToken(bytes[index]) { return nil }
        for index in version where !ASCII.isToken(bytes[index]) { return nil }
    }

    /// Whether what follows the upgrade would be HTTP again: `h2c` (RFC 7540 §3.2), another version of `HTTP`, or `TLS`
    /// around either (RFC 2817).
    ///
    /// Such an upgrade is never forwarded. Behind it the client would speak HTTP with the backend through a tunnel in which
    /// the gateway sees no requests: no route, limit, header rule or log would apply to them ("h2c smuggling"). A backend
    /// that is not asked answers in HTTP/1.1, as RFC 9110 §7.8 wants it, and no client depends on more.
    func carriesHTTP(_ bytes: Span<UInt8>) -> Bool {
        for word in UpgradeProtocol.httpItself where ASCII.equals(bytes, name, ignoringCase: word) { return true }
        return false
    }

    /// Whether a backend that switched to this protocol did what `offer` asked for. Names are compared without regard to
    /// case; a version matters where both sides give one.
    func answers(_ offer: UpgradeProtocol, _ bytes: Span<UInt8>, _ offerBytes: Span<UInt8>) -> Bool {
        guard UpgradeProtocol.equal(bytes, name, offerBytes, offer.name) else { return false }
        return version.isEmpty || offer.version.isEmpty
            || UpgradeProtocol.equal(bytes, version, offerBytes, offer.version)
    }

    private static func equal(_ bytes: Span<UInt8>, _ one: Range<Int>, _ others: Span<UInt8>, _ other: Range<Int>)
        -> Bool
    {
        guard one.count == other.count else { return false }
        for offset in 0..<one.count
        where ASCII.lowercased(bytes[one.lowerBound + offset]) != ASCII.lowercased(others[other.lowerBound + offset]) {
            return false
        }
        return true
    }

    private static let httpItself = ["h2c", "h2", "http", "https", "tls"].map { Array($0.utf8) }
}

extension RequestHead {
    /// Whether the request is forwarded as one to change protocols. Otherwise it is an ordinary request, and its Upgrade
    /// fields are left out like all that concerns this connection alone; RFC 9110 §7.8 lets a server ignore them.
    ///
    /// It must be HTTP/1.1 with both `Connection: upgrade` and well-formed protocols in Upgrade, none of which carries
    /// HTTP. It must have no body: after 101 nobody could tell where a body ends and the new protocol begins if the backend
    /// answers before it has read all of it. HEAD is left out as nothing may follow its head, TRACE as it asks for an echo.
    /// `bytes` are those that were parsed.
    func asksForUpgrade(in bytes: Span<UInt8>) -> Bool {
        guard wantsUpgrade, framing == .none || framing == .length(0), !(isHead || isTrace || isConnect) else {
            return false
        }
        var isAny = false
        for field in fields where field.known == .upgrade {
            var list = ListCursor(field.value)
            while let element = list.next(in: bytes) {
                if element.isEmpty { continue }
                guard let offer = UpgradeProtocol(bytes, element), !offer.carriesHTTP(bytes) else { return false }
                isAny = true
            }
        }
        return isAny
    }

    /// Whether `answer`, an element of a response's Upgrade in `answerBytes`, is among the protocols that were asked for.
    fileprivate func offers(_ answer: UpgradeProtocol, _ answerBytes: Span<UInt8>, in bytes: Span<UInt8>) -> Bool {
        for field in fields where field.known == .upgrade {
            var list = ListCursor(field.value)
            while let element = list.next(in: bytes) {
                guard let offer = UpgradeProtocol(bytes, element) else { continue }
                if answer.answers(offer, answerBytes, bytes) { return true }
            }
        }
        return false
    }
}

extension ResponseHead {
    /// Whether a 101 switches to what `request` asked for: it names at least one protocol, and none that was not offered
    /// (RFC 9110 §7.8: "A server MUST NOT switch to a protocol that was not indicated by the client"). `input` are the
    /// bytes that the request was parsed from.
    func switches(asAskedBy request: RequestHead, in input: Span<UInt8>) -> Bool {
        let bytes = bytes
        var isAny = false
        for field in fields where field.known == .upgrade {
            var list = ListCursor(field.value)
            while let element = list.next(in: bytes.span) {
                if element.isEmpty { continue }
                guard let answer = UpgradeProtocol(bytes.span, element),
                    request.offers(answer, bytes.span, in: input)
                else { return false }
                isAny = true
            }
        }
        return isAny
    }

    /// Whether the body is an endless stream of events (`text/event-stream`, the HTML standard's server-sent events).
    var isEventStream: Bool {
        guard let field = first(.contentType) else { return false }
        let bytes = bytes
        var end = field.value.lowerBound
        while end < field.value.upperBound, bytes[end] != ASCII.semicolon { end += 1 }
        let type = ASCII.trimmed(bytes.span, field.value.lowerBound..<end)
        return ASCII.equals(bytes.span, type, ignoringCase: Words.eventStream)
    }
}
