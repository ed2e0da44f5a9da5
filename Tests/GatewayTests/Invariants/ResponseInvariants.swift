// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What must hold for the response-head parser and rewriter, whatever bytes a backend sends.
enum ResponseInvariants {
    static func check(_ bytes: [UInt8]) throws {
        for isHead in [false, true] {
            var parser = ResponseHeadParser()
            parser.reset(forHead: isHead)
            let head = ResponseHead()
            var block = 0
            var position = 0
            var failure: ResponseLineOutcome?
            // libcurl cuts behind each LF, and shows what is left at the end of the connection.
            for line in ParsedResponse.lines(bytes) {
                let outcome = parser.append(line: line.span, to: head)
                position += line.count
                if let failure { try require(outcome == failure, "an error was taken back", bytes) }
                switch outcome {
                case .invalid: failure = outcome
                case .informationalComplete:
                    try checkBlock(Array(bytes[block..<position]), head, isHead)
                    try checkInformational(head, bytes)
                    block = position
                case .complete:
                    try checkBlock(Array(bytes[block..<position]), head, isHead)
                    for isHTTP10 in [false, true] { try checkFinal(head, isHTTP10, isHead, bytes) }
                    block = position
                case .more, .trailer: break
                }
            }
        }
    }

    /// What was accepted is a head to a strict reader too, and says the same.
    private static func checkBlock(_ bytes: [UInt8], _ head: ResponseHead, _ isHead: Bool) throws {
        guard let read = StrictHead(bytes) else { throw Violation("accepted what is no head", bytes) }
        try require(read.length == bytes.count, "the head ends elsewhere", bytes)
        try require(read.start.dropFirst(9).hasPrefix("\(head.status)"), "the status is another", bytes)
        let fields = head.fields.map {
            StrictHead.Field(name: head.bytes[$0.name].latin1, value: head.bytes[$0.value].latin1)
        }
        try require(read.fields == fields, "the fields are others", bytes)
        let hasBody = !isHead && head.status >= 200 && head.status != 204 && head.status != 304
        let expected: BodyFraming =
            switch (hasBody, read.framing) {
            case (false, _): .none
            case (true, .none): .untilClose
            case (true, .chunked): .chunked
            case (true, .length(let length)): .length(length)
            case (true, .ambiguous): throw Violation("accepted an ambiguous framing", bytes)
            }
        try require(head.framing == expected, "the body is framed in another way", bytes)
    }

    private static func checkInformational(_ head: ResponseHead, _ bytes: [UInt8]) throws {
        let wire = RewrittenHead.informational(head)
        guard let sent = StrictHead(wire), sent.length == wire.count else {
            throw Violation("sends what is no head", wire)
        }
        try require(sent.start.hasPrefix("HTTP/1.1 1"), "sends another status", wire)
        try require(sent.framing == .none, "frames a body that cannot be", wire)
        try checkNames(sent, wire)
    }

    private static func checkFinal(_ head: ResponseHead, _ isHTTP10: Bool, _ isHead: Bool, _ bytes: [UInt8]) throws {
        let wire = RewrittenHead.response(head, forHTTP10: isHTTP10, forHead: isHead)
        guard let sent = StrictHead(wire), sent.length == wire.count else {
            throw Violation("sends what is no head", wire)
        }
        try require(sent.start.hasPrefix("HTTP/1.1 \(head.status) "), "sends another status", wire)
        try require(sent["date"].count >= 1, "sends no Date", wire)
        try checkNames(sent, wire)
        switch head.framing {
        case .length(let length): try require(sent.framing == .length(length), "sends another length", wire)
        case .chunked, .untilClose:
            try require(sent.framing == (isHTTP10 ? .none : .chunked), "frames the body in another way", wire)
        case .none:
            try require(sent.framing != .ambiguous, "sends an ambiguous framing", wire)
            let mayTellLength = isHead || head.status == 304
            try require(mayTellLength || sent.framing == .none, "frames a body that cannot be", wire)
        }
    }

    private static func checkNames(_ sent: StrictHead, _ wire: [UInt8]) throws {
        for name in ["keep-alive", "proxy-connection", "proxy-authenticate"] {
            try require(sent[name].isEmpty, "sends \(name)", wire)
        }
    }
}
