// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// All that the parser says of a response head that comes line by line.
struct ParsedResponse {
    var outcomes: [ResponseLineOutcome] = []
    let head = ResponseHead()

    var last: ResponseLineOutcome? { outcomes.last }

    /// Parses `text` cut into lines behind each LF, as libcurl cuts it.
    init(_ text: String, forHead isHead: Bool = false, limits: HTTPLimits = .response) {
        var parser = ResponseHeadParser(limits: limits)
        parser.reset(forHead: isHead)
        for line in Self.lines(Array(text.utf8)) { outcomes.append(parser.append(line: line.span, to: head)) }
    }

    /// Field lines, with their CRLFs, behind an ordinary status line.
    static func fields(_ text: String, status: String = "200 OK", forHead isHead: Bool = false) -> ParsedResponse {
        ParsedResponse("HTTP/1.1 \(status)\r\n\(text)\r\n", forHead: isHead)
    }

    static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            lines.append(Array(bytes[start...index]))
            start = index + 1
        }
        if start < bytes.count { lines.append(Array(bytes[start...])) }
        return lines
    }

    func text(_ range: Range<Int>) -> String { head.bytes[range].latin1 }

    var fields: [[String]] { head.fields.map { [text($0.name), text($0.value)] } }
    var reason: String { text(head.reasonStart..<head.reasonStart + head.reasonLength) }
    var nominated: [String] { head.fields.filter(head.isNominated).map { text($0.name) } }
}
