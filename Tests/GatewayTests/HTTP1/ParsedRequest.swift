// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// All that a parser says of some bytes, in a form that can be compared and read in a failure.
struct ParsedRequest: Equatable {
    var outcome: ParseOutcome
    var length = 0
    var method = ""
    var target = ""
    var path = ""
    var authority = ""
    var hostLength = 0
    var port: UInt16?
    var fields: [[String]] = []
    var known: [KnownHeader] = []
    var nominated: [String] = []
    var framing = BodyFraming.none
    var keepAlive = false
    var expectsContinue = false
    var acceptsTrailers = false
    var wantsUpgrade = false
    var isHTTP10 = false

    /// Parses `bytes` in one call.
    init(_ bytes: [UInt8], limits: HTTPLimits = HTTPLimits()) {
        var parser = RequestParser(limits: limits)
        let head = RequestHead()
        self.init(parser.parse(bytes.span, into: head), head, bytes)
    }

    init(_ text: String, limits: HTTPLimits = HTTPLimits()) {
        self.init(Array(text.utf8), limits: limits)
    }

    init(_ outcome: ParseOutcome, _ head: RequestHead, _ bytes: [UInt8]) {
        self.outcome = outcome
        guard outcome == .complete else { return }
        length = head.length
        method = bytes[head.methodStart..<head.methodStart + head.methodLength].latin1
        target = bytes[head.targetStart..<head.targetStart + head.targetLength].latin1
        let slash = head.pathNeedsSlash ? "/" : ""
        path = head.sendsAsterisk ? "*" : slash + bytes[head.pathStart..<head.pathStart + head.pathLength].latin1
        authority = bytes[head.authorityStart..<head.authorityStart + head.authorityLength].latin1
        hostLength = head.hostLength
        port = head.port
        fields = head.fields.map { [bytes[$0.name].latin1, bytes[$0.value].latin1] }
        known = head.fields.map(\.known)
        nominated = head.fields.filter { head.isNominated($0, in: bytes.span) }.map { bytes[$0.name].latin1 }
        framing = head.framing
        keepAlive = head.keepAlive
        expectsContinue = head.expectsContinue
        acceptsTrailers = head.acceptsTrailers
        wantsUpgrade = head.wantsUpgrade
        isHTTP10 = head.isHTTP10
    }
}
