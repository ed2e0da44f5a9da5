// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Which requests may change protocols, and which 101 does what was asked.
@Suite struct UpgradeProtocolTests {
    private func parsed(_ method: String, _ version: String, _ fields: [String]) -> (RequestHead, [UInt8])? {
        let text = "\(method) / HTTP/\(version)\r\nHost: a\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n"
        let bytes = Array(text.utf8)
        let head = RequestHead()
        var parser = RequestParser(limits: HTTPLimits())
        return parser.parse(bytes.span, into: head) == .complete ? (head, bytes) : nil
    }

    private func asks(_ fields: [String], method: String = "GET", version: String = "1.1") throws -> Bool {
        let (head, bytes) = try #require(parsed(method, version, fields))
        return head.asksForUpgrade(in: bytes.span)
    }

    @Test(arguments: [
        ["websocket"], ["WebSocket"], ["websocket/13"], ["foo/2, bar"], ["foo", "bar"], [", foo ,"], ["h2c-not-really"],
        ["x/h2c"], ["!#$%&'*+-.^_`|~09aZ"],
    ])
    func wellFormedProtocolsAreAskedFor(values: [String]) throws {
        #expect(try asks(["Connection: x, UPGRADE"] + values.map { "Upgrade: \($0)" }))
    }

    @Test(arguments: [
        ["h2c"], ["H2c"], ["h2"], ["HTTP/2.0"], ["http"], ["https"], ["TLS/1.2"], ["tls"], ["websocket, h2c"],
        ["websocket", "h2c/2"], [""], [","], ["a b"], ["a/"], ["/1"], ["a/b/c"], ["a;b"], ["\"a\""], ["a=b"],
        ["websocket", "a b"], ["\u{E9}"],
    ])
    func othersAreNot(values: [String]) throws {
        #expect(try !asks(["Connection: upgrade"] + values.map { "Upgrade: \($0)" }))
    }

    @Test func bothFieldsAndNoBodyAreNeeded() throws {
        let both = ["Connection: upgrade", "Upgrade: x"]
        #expect(try asks(both))
        #expect(try asks(both, method: "POST"))
        #expect(try asks(both + ["Content-Length: 0"], method: "POST"))
        #expect(try !asks(["Upgrade: x"]))
        #expect(try !asks(["Connection: upgrade"]))
        #expect(try !asks(["Connection: upgrades", "Upgrade: x"]))
        #expect(try !asks(both, version: "1.0"))
        #expect(try !asks(both, method: "HEAD"))
        #expect(try !asks(both, method: "TRACE"))
        #expect(try !asks(both + ["Content-Length: 1"]))
        #expect(try !asks(both + ["Transfer-Encoding: chunked"]))
    }

    @Test(arguments: [
        ("x", "x", true), ("x", "X", true), ("x/1", "x", true), ("x", "x/1", true), ("x/1", "X/1", true),
        ("x/a", "x/A", true), ("x, y", "y", true), ("x, y", "y, x", true), ("x", ", x", true),
        ("x/1", "x/2", false), ("x", "y", false), ("x", "xx", false), ("xx", "x", false), ("x", "x, y", false),
        ("x", "", false), ("x", ",", false), ("x", "x/1/1", false), ("x", "x y", false), ("x", "x;q=1", false),
    ])
    func answerMustBeAmongTheOffers(offered: String, answered: String, fits: Bool) throws {
        let (head, bytes) = try #require(parsed("GET", "1.1", ["Connection: upgrade", "Upgrade: \(offered)"]))
        let answer = ParsedResponse.fields("Upgrade: \(answered)\r\n", status: "101 Switching Protocols")
        #expect(answer.head.switches(asAskedBy: head, in: bytes.span) == fits)
    }

    @Test func fieldsOfOneNameAreOneList() throws {
        let (head, bytes) = try #require(parsed("GET", "1.1", ["Connection: upgrade", "Upgrade: x", "Upgrade: y"]))
        for (fields, fits) in [
            ("Upgrade: y\r\nUpgrade: x\r\n", true), ("Upgrade: y\r\nUpgrade: z\r\n", false), ("", false),
        ] {
            let answer = ParsedResponse.fields(fields, status: "101 Switching Protocols")
            #expect(answer.head.switches(asAskedBy: head, in: bytes.span) == fits)
        }
    }

    @Test(arguments: [
        ("text/event-stream", true), ("Text/Event-Stream; charset=utf-8", true), ("text/event-stream ;x", true),
        ("text/event-streams", false), ("text/plain", false), ("", false), ("x; text/event-stream", false),
    ])
    func eventStreamsAreKnownByTheirType(type: String, isOne: Bool) {
        #expect(ParsedResponse.fields("Content-Type: \(type)\r\n").head.isEventStream == isOne)
        #expect(!ParsedResponse.fields("X: text/event-stream\r\n").head.isEventStream)
    }
}
