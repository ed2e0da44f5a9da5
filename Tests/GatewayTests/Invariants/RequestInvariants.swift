// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What must hold for the request parser and rewriter, whatever bytes come.
enum RequestInvariants {
    static func check(_ bytes: [UInt8]) throws {
        for limits in [HTTPLimits(), HTTPLimits(headerBytes: 90, headerCount: 4, requestLineBytes: 32)] {
            let whole = ParsedRequest(bytes, limits: limits)
            try checkCuts(bytes, whole, limits)
        }
        var parser = RequestParser()
        let head = RequestHead()
        guard parser.parse(bytes.span, into: head) == .complete else { return }
        let read = try checkReading(bytes, head)
        try checkForwarding(bytes, head, read)
    }

    /// The outcome does not depend on how the bytes were cut into reads.
    private static func checkCuts(_ bytes: [UInt8], _ whole: ParsedRequest, _ limits: HTTPLimits) throws {
        var ends = cuts(of: bytes, 4)
        if bytes.count <= 256 { ends = Array(0..<bytes.count) }
        var parser = RequestParser(limits: limits)
        let head = RequestHead()
        var outcome = ParseOutcome.needMore
        for end in ends + [bytes.count] {
            let next = parser.parse(bytes.span.extracting(first: end), into: head)
            if outcome != .needMore { try require(next == outcome, "an outcome was taken back", bytes) }
            outcome = next
        }
        try require(ParsedRequest(outcome, head, bytes) == whole, "the outcome depends on the cuts", bytes)
    }

    /// What was accepted is a head to a strict reader too, and says the same.
    private static func checkReading(_ bytes: [UInt8], _ head: RequestHead) throws -> StrictHead {
        // The empty lines that may come before a request line are not part of the head.
        let blank = bytes.indices.first { bytes[$0] != 13 && bytes[$0] != 10 } ?? 0
        guard let read = StrictHead(bytes[blank...]) else { throw Violation("accepted what is no head", bytes) }
        let parsed = ParsedRequest(.complete, head, bytes)
        try require(blank + read.length == head.length, "the head ends elsewhere", bytes)
        try require(
            read.start == "\(parsed.method) \(parsed.target) HTTP/1.0"
                || (!parsed.isHTTP10 && read.start.hasPrefix("\(parsed.method) \(parsed.target) HTTP/1.")
                    && read.start.utf8.count == parsed.method.utf8.count + parsed.target.utf8.count + 10),
            "the request line says something else",
            bytes
        )
        try require(read.fields.map { [$0.name, $0.value] } == parsed.fields, "the fields are others", bytes)
        try require(read.framing == framing(head), "the body is framed in another way", bytes)
        try require(
            read["host"].count == 1 || (parsed.isHTTP10 && read["host"].isEmpty),
            "Host is not there once",
            bytes
        )
        return read
    }

    /// What goes to the backend is one well-formed request that says what was understood, and nothing else.
    private static func checkForwarding(_ bytes: [UInt8], _ head: RequestHead, _ read: StrictHead) throws {
        let expected = ParsedRequest(.complete, head, bytes)
        // Those that the gateway answers itself.
        if head.isConnect || head.maxForwards == 0 { return }
        let wire = RewrittenHead.request(head, in: bytes)
        guard let sent = StrictHead(wire) else { throw Violation("forwards what is no head", wire) }
        try require(sent.length == wire.count, "forwards something behind the head", wire)
        try require(sent.start == "\(expected.method) \(expected.path) HTTP/1.1", "forwards another request line", wire)
        try require(sent.framing == framing(head), "forwards another framing", wire)
        try require(
            sent["host"] == (expected.authority.isEmpty ? [] : [expected.authority]),
            "forwards another Host",
            wire
        )
        // In the order in which they came, with the case in which they came.
        let own = Set(KnownHeader.allCases.filter(Self.isSaidByTheGateway).map { $0.name.lowercased() })
        let passed = sent.fields.filter { !own.contains($0.name.lowercased()) }
        var rest = read.fields[...]
        for field in passed {
            guard let index = rest.firstIndex(of: field) else {
                throw Violation("forwards a field that did not come, or in another order: \(field.name)", wire)
            }
            rest = rest[(index + 1)...]
        }
        for field in sent.fields where !own.contains(field.name.lowercased()) { try checkName(field.name, wire) }
        try require(sent["x-mirrored"].isEmpty, "forwards a client's word that it is a copy", wire)
        // RFC 9110 §10.1.4: who sends TE names it in Connection; neither says anything else.
        try require(sent["te"] == (head.takesTrailers ? ["trailers"] : []), "forwards another TE", wire)
        try require(sent["connection"] == (head.takesTrailers ? ["TE"] : []), "forwards another Connection", wire)
        // What the gateway sends, the gateway would take, and understand the same.
        guard !expected.authority.isEmpty else { return }
        let again = ParsedRequest(wire)
        try require(again.outcome == .complete || isTooLarge(again.outcome), "would not take what it sends", wire)
        guard again.outcome == .complete else { return }
        try require(
            again.method == expected.method && again.path == expected.path && again.framing == expected.framing
                && again.authority == expected.authority,
            "understands otherwise what it sends",
            wire
        )
    }

    /// No field that speaks to the next hop alone, none that a backend might take for one of the gateway's, and no word of
    /// the client, whom nobody trusts here, about itself.
    private static func checkName(_ name: String, _ wire: [UInt8]) throws {
        let lowercased = name.lowercased()
        let isForThisHop = ["keep-alive", "proxy-connection", "upgrade", "proxy-authorization"].contains(lowercased)
        try require(!isForThisHop, "forwards \(name)", wire)
        let isOwn = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"].contains(lowercased)
        try require(isOwn || !lowercased.hasPrefix(xForwardedPrefix), "forwards \(name)", wire)
        try require(!isMimic(name), "forwards \(name)", wire)
    }

    private static func isSaidByTheGateway(_ header: KnownHeader) -> Bool {
        switch header {
        case .host, .contentLength, .transferEncoding, .xForwardedFor, .xForwardedProto, .xForwardedHost,
            .xForwardedPort, .forwarded, .xRequestID, .xRealIP, .via, .te, .trailer, .maxForwards, .connection,
            .xCurlew, .xMirrored:
            true
        default: false
        }
    }

    private static func isTooLarge(_ outcome: ParseOutcome) -> Bool {
        [.invalid(.headTooLarge), .invalid(.tooManyFields), .invalid(.requestLineTooLong)].contains(outcome)
    }

    private static func framing(_ head: RequestHead) -> StrictHead.Framing {
        switch head.framing {
        case .none: .none
        case .chunked: .chunked
        case .length(let length): .length(length)
        case .untilClose: .ambiguous
        }
    }
}
