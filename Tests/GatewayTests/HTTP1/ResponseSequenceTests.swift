// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Heads one after another: interim responses, reuse for the next response, trailers, limits.
struct ResponseSequenceTests {
    @Test func interimResponsesComeFirst() {
        var parser = ResponseHeadParser()
        let head = ResponseHead()
        func append(_ line: String) -> ResponseLineOutcome { parser.append(line: Array(line.utf8).span, to: head) }
        #expect(append("HTTP/1.1 100 Continue\r\n") == .more)
        #expect(append("\r\n") == .informationalComplete(status: 100))
        #expect(append("HTTP/1.1 103 Early Hints\r\n") == .more)
        #expect(append("Link: </a>\r\n") == .more)
        #expect(append("\r\n") == .informationalComplete(status: 103))
        #expect(head.isInformational)
        #expect(head.fields.map { head.bytes[$0.value].latin1 } == ["</a>"])
        #expect(append("HTTP/1.1 200 OK\r\n") == .more)
        #expect(append("Content-Length: 5\r\n") == .more)
        #expect(append("\r\n") == .complete)
        #expect(!head.isInformational)
        #expect(head.fields.count == 1)
        #expect(head.framing == .length(5))
    }

    @Test(arguments: [(100, true), (101, false)]) func interimResponsesAreCounted(count: Int, isFine: Bool) {
        var parser = ResponseHeadParser()
        let head = ResponseHead()
        // The count begins anew with each response.
        for _ in 0..<2 {
            parser.reset(forHead: false)
            for number in 1...count {
                _ = parser.append(line: Array("HTTP/1.1 102 Processing\r\n".utf8).span, to: head)
                let outcome = parser.append(line: Array("\r\n".utf8).span, to: head)
                let isTaken = isFine || number < count
                #expect(outcome == (isTaken ? .informationalComplete(status: 102) : .invalid(.tooManyInterimResponses)))
            }
        }
    }

    @Test func switchingProtocolsIsComplete() {
        let parsed = ParsedResponse.fields(
            "Upgrade: websocket\r\nConnection: Upgrade\r\n",
            status: "101 Switching Protocols"
        )
        #expect(parsed.last == .complete)
        #expect(parsed.head.status == 101)
        #expect(!parsed.head.isInformational)
        #expect(parsed.head.connection.upgrade)
    }

    @Test func trailersFollowTheBody() {
        let parsed = ParsedResponse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nX-Sum: abc\r\nY:\r\n")
        #expect(parsed.outcomes == [.more, .more, .complete, .more, .more])
        #expect(parsed.trailers == [["X-Sum", "abc"], ["Y", ""]])
        #expect(parsed.fields.count == 1)
    }

    @Test(arguments: [
        ("Content-Length: 5\r\n", ParseError.forbiddenTrailer), ("TRANSFER-ENCODING: chunked\r\n", .forbiddenTrailer),
        ("X_Forwarded_For: a\r\n", .mimicInTrailers),
        ("X : y\r\n", .spaceBeforeColon), ("X: \u{1}\r\n", .badFieldValue), (" x\r\n", .foldedLine),
        ("HTTP/1.1 200 OK\r\n", .badFieldName),
    ])
    func brokenTrailers(line: String, error: ParseError) {
        let parsed = ParsedResponse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA: b\r\n" + line)
        #expect(parsed.last == .invalid(.malformed(error)))
    }

    @Test func anErrorIsFinalUntilReset() {
        var parser = ResponseHeadParser()
        let head = ResponseHead()
        func append(_ line: String) -> ResponseLineOutcome { parser.append(line: Array(line.utf8).span, to: head) }
        #expect(append("HTTP/1.1 200 OK\r\n") == .more)
        #expect(append("X : y\r\n") == .invalid(.malformed(.spaceBeforeColon)))
        #expect(append("\r\n") == .invalid(.malformed(.spaceBeforeColon)))
        #expect(append("no line") == .invalid(.malformed(.spaceBeforeColon)))
        parser.reset(forHead: true)
        #expect(append("HTTP/1.1 200 OK\r\n") == .more)
        #expect(append("Content-Length: 5\r\n") == .more)
        #expect(append("\r\n") == .complete)
        #expect(head.framing == .none)
        #expect(head.fields.count == 1)
    }

    @Test func aHeadThatEndsEarlyIsNotComplete() {
        #expect(ParsedResponse("HTTP/1.1 200 OK\r\n").last == .more)
        #expect(ParsedResponse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n").last == .more)
    }

    @Test func limitsAtTheirEdge() {
        let limits = HTTPLimits(headerBytes: 100, headerCount: 3)
        func parse(_ length: Int) -> ResponseLineOutcome? {
            let head = "HTTP/1.1 200 OK\r\nX: "
            return ParsedResponse(
                head + String(repeating: "a", count: length - head.utf8.count - 4) + "\r\n\r\n",
                limits: limits
            ).last
        }
        #expect(parse(100) == .complete)
        #expect(parse(101) == .invalid(.malformed(.headTooLarge)))
        #expect(parse(1000) == .invalid(.malformed(.headTooLarge)))
        let long = "HTTP/1.1 200 " + String(repeating: "a", count: 100) + "\r\n"
        #expect(ParsedResponse(long, limits: limits).last == .invalid(.malformed(.headTooLarge)))

        func count(_ fields: Int) -> ResponseLineOutcome? {
            ParsedResponse(
                "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: fields) + "\r\n",
                limits: limits
            ).last
        }
        #expect(count(3) == .complete)
        #expect(count(4) == .invalid(.malformed(.tooManyFields)))
        #expect(HTTPLimits.response.headerBytes == 65_536)
        #expect(HTTPLimits.response.headerCount == 256)
    }

    @Test func trailerLimitsAtTheirEdge() {
        var limits = HTTPLimits.response
        limits.trailerBytes = 20
        limits.trailerCount = 2
        func parse(_ trailers: String) -> ResponseLineOutcome? {
            ParsedResponse("HTTP/1.1 200 OK\r\n\r\n" + trailers, limits: limits).last
        }
        #expect(parse("X: 345678901234567\r\n") == .more)
        #expect(parse("X: 3456789012345678\r\n") == .invalid(.malformed(.headTooLarge)))
        #expect(parse("X:\r\nX:\r\n") == .more)
        #expect(parse("X:\r\nX:\r\nX:\r\n") == .invalid(.malformed(.tooManyFields)))
    }

    @Test func everyErrorSaysWhatToLookFor() {
        for error in ParseError.allCases { #expect("\(ResponseError.malformed(error).reason)" != "") }
        let reasons = [ResponseError.badLine, .badStatus, .badStatusLine, .tooManyInterimResponses].map {
            "\($0.reason)"
        }
        #expect(Set(reasons).count == 4)
    }
}
