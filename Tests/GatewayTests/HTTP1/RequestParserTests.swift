// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

struct RequestParserTests {
    @Test func eachHeadOfTheCorpusHasExactlyItsOutcome() {
        for example in RequestCorpus.all {
            let parsed = ParsedRequest(example.bytes)
            switch example.expectation {
            case .incomplete: #expect(parsed.outcome == .needMore, "\(example.name)")
            case .rejected(let error): #expect(parsed.outcome == .invalid(error), "\(example.name)")
            case .accepted(let framing):
                #expect(parsed.outcome == .complete, "\(example.name)")
                #expect(parsed.length == example.bytes.count, "\(example.name)")
                #expect(parsed.framing == framing, "\(example.name)")
            }
        }
    }

    @Test func everyErrorOfARequestHeadIsInTheCorpus() {
        let met = RequestCorpus.all.compactMap { example -> ParseError? in
            if case .rejected(let error) = example.expectation { return error }
            return nil
        }
        // Limits and chunked bodies have tests of their own.
        let elsewhere: [ParseError] = [
            .requestLineTooLong, .headTooLarge, .tooManyFields, .badChunkSize, .chunkSizeTooLarge, .badChunkExtension,
            .chunkExtensionsTooLong, .badChunkEnd, .forbiddenTrailer,
            .mimicInTrailers,
        ]
        for error in ParseError.allCases where !elsewhere.contains(error) {
            #expect(met.contains(error), "no example of \(error)")
        }
    }

    @Test func whatFollowsTheHeadIsLeftAlone() {
        for example in RequestCorpus.all {
            guard case .accepted = example.expectation else { continue }
            for tail in ["GET / HTTP/1.1\r\n", "\r\n\r\n", "\u{0}\n\r", "5\r\nhello\r\n0\r\n\r\n"] {
                var expected = ParsedRequest(example.bytes)
                let parsed = ParsedRequest(example.bytes + Array(tail.utf8))
                #expect(parsed == expected)
                expected.length += 1
                #expect(parsed != expected)
            }
        }
    }

    @Test func nothingIsParsedAfterARejectedRequest() {
        var parser = RequestParser()
        let head = RequestHead()
        let bad = Array("GET / HTTP/1.1\r\nHost : a\r\n\r\n".utf8)
        let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        #expect(parser.parse(bad.span, into: head) == .invalid(.spaceBeforeColon))
        #expect(parser.parse(good.span, into: head) == .invalid(.spaceBeforeColon))
        parser.reset()
        #expect(parser.parse(good.span, into: head) == .complete)
    }

    @Test func oneHeadServesManyRequestsWithoutRememberingAny() {
        var parser = RequestParser()
        let head = RequestHead()
        for example in RequestCorpus.all + RequestCorpus.all.reversed() {
            parser.reset()
            let outcome = parser.parse(example.bytes.span, into: head)
            #expect(ParsedRequest(outcome, head, example.bytes) == ParsedRequest(example.bytes))
        }
    }

    @Test func aCompleteHeadStaysComplete() {
        var parser = RequestParser()
        let head = RequestHead()
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        #expect(parser.parse(bytes.span, into: head) == .complete)
        #expect(parser.parse((bytes + bytes).span, into: head) == .complete)
        #expect(head.length == bytes.count)
        #expect(head.fields.count == 1)
    }

    @Test func emptyLinesBeforeARequestAreNoneOfIt() {
        var parser = RequestParser()
        let head = RequestHead()
        let bytes = Array("\r\n\r\nG".utf8)
        for (count, isEmpty, lines) in [
            (0, false, 0), (1, false, 0), (2, true, 1), (3, false, 1), (4, true, 2), (5, false, 2),
        ] {
            _ = parser.parse(bytes.span.extracting(first: count), into: head)
            #expect(parser.hasOnlyEmptyLines == isEmpty)
            #expect(parser.emptyLines == lines)
        }
    }

    /// Those that were forgotten count, or a client could send them for ever.
    @Test func emptyLinesAreBoundedOverAll() {
        let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        for forgotten in 0...4 {
            for count in 0...5 {
                var parser = RequestParser()
                parser.reset(after: forgotten)
                let bytes = [UInt8](repeating: 0, count: count).flatMap { _ in [13, 10] as [UInt8] } + request
                let outcome = parser.parse(bytes.span, into: RequestHead())
                #expect(outcome == (forgotten + count <= 4 ? .complete : .invalid(.badMethod)))
            }
        }
    }

    @Test func otherProtocolsAreRefusedAtTheirFirstBytes() {
        #expect(ParsedRequest([0x16]).outcome == .invalid(.tlsOnPlainPort))
        #expect(ParsedRequest([0x00]).outcome == .invalid(.badMethod))
        #expect(ParsedRequest("PRI * HTTP/2.0").outcome == .invalid(.unsupportedVersion))
        // PROXY protocol version 2 where nobody asked for it.
        #expect(ParsedRequest("\r\n\r\n\u{0}").outcome == .invalid(.badMethod))
    }
}
