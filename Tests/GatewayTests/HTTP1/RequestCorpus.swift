// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// One request head and what must become of it.
struct RequestCase {
    enum Expectation: Equatable {
        case accepted(BodyFraming)
        case incomplete
        case rejected(ParseError)
    }

    var name: String
    var bytes: [UInt8]
    var expectation: Expectation

    init(_ name: String, _ bytes: [UInt8], _ expectation: Expectation) {
        self.name = name
        self.bytes = bytes
        self.expectation = expectation
    }

    /// A whole head, as text.
    static func head(_ text: String, _ expectation: Expectation = .accepted(.none)) -> RequestCase {
        RequestCase(text.debugDescription, Array(text.utf8), expectation)
    }

    /// A request line before an ordinary Host.
    static func line(_ text: String, _ expectation: Expectation = .accepted(.none)) -> RequestCase {
        head(text + "\r\nHost: example.com\r\n\r\n", expectation)
    }

    /// Field lines, with their CRLFs, after an ordinary POST and Host.
    static func fields(_ text: String, _ expectation: Expectation = .accepted(.none)) -> RequestCase {
        head("POST /form HTTP/1.1\r\nHost: example.com\r\n" + text + "\r\n", expectation)
    }

    /// A field line with any byte in its value.
    static func value(byte: UInt8, _ expectation: Expectation) -> RequestCase {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: a".utf8) + [byte] + Array("b\r\n\r\n".utf8)
        return RequestCase("byte \(byte) in a value", bytes, expectation)
    }
}

/// Every head that the parser is tested with. The property tests go through all of them.
enum RequestCorpus {
    static let all = lines + targets + syntax + hosts + framing + meaning
}
