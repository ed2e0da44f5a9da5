// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

struct ChunkedDecoderTests {
    @Test func decodesBodies() {
        for (body, data) in ChunkedCorpus.good {
            let decoded = DecodedBody(body)
            #expect(decoded.end == .ended, "\(body.debugDescription)")
            #expect(decoded.data == data, "\(body.debugDescription)")
            #expect(decoded.consumed == body.utf8.count, "\(body.debugDescription)")
        }
    }

    @Test func rejectsEachBrokenBodyForItsOwnReason() {
        for (body, error) in ChunkedCorpus.bad {
            #expect(DecodedBody(body).end == .rejected(error), "\(body.debugDescription)")
        }
    }

    @Test func waitsForTheRest() {
        for body in ChunkedCorpus.unfinished {
            let decoded = DecodedBody(body)
            #expect(decoded.end == .unfinished, "\(body.debugDescription)")
            #expect(decoded.consumed == body.utf8.count, "\(body.debugDescription)")
        }
    }

    @Test func whatFollowsTheBodyIsLeftAlone() {
        for (body, data) in ChunkedCorpus.good {
            for tail in ["GET / HTTP/1.1\r\n", "0\r\n\r\n", "\r\n", "X: y\r\n\r\n", "\u{0}"] {
                let decoded = DecodedBody(body + tail)
                #expect(decoded.end == .ended)
                #expect(decoded.data == data)
                #expect(decoded.consumed == body.utf8.count, "\((body + tail).debugDescription)")
                #expect(decoded.trailers == DecodedBody(body).trailers)
            }
        }
    }

    @Test func cutsDoNotMatter() {
        for body in ChunkedCorpus.all {
            let whole = DecodedBody(body)
            for cut in 0...body.count {
                expectSame(DecodedBody(body, cuts: [cut]), whole, body)
            }
            expectSame(DecodedBody(body, cuts: Array(0..<body.count)), whole, body)
        }
    }

    @Test func neitherDoTheyInDamagedBodies() {
        var generator = SeededGenerator(state: 71)
        for _ in 0..<100 {
            for body in ChunkedCorpus.all {
                let bytes = body.mutated(by: &generator)
                let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &generator) }.sorted()
                expectSame(DecodedBody(bytes, cuts: cuts), DecodedBody(bytes), bytes)
            }
        }
    }

    /// Where a body is rejected, how far the pieces before were taken says nothing.
    private func expectSame(_ one: DecodedBody, _ other: DecodedBody, _ body: [UInt8]) {
        #expect(one.end == other.end, "\(body.latin1.debugDescription)")
        #expect(one.data == other.data, "\(body.latin1.debugDescription)")
        #expect(one.trailers == other.trailers, "\(body.latin1.debugDescription)")
        if other.end == .ended { #expect(one.consumed == other.consumed, "\(body.latin1.debugDescription)") }
    }

    @Test func trailersCanBeReadAtTheEnd() {
        let decoded = DecodedBody("0\r\nX-Sum: abc \r\nEmpty:\r\n\r\n")
        #expect(decoded.trailers == [["X-Sum", "abc"], ["Empty", ""]])
    }

    @Test func dataIsReportedAsItComesWithoutWaitingForTheChunk() {
        var decoder = ChunkedDecoder()
        let first = Array("5;x\r\nhe".utf8)
        let second = Array("llo\r\n0\r\n\r\nGET".utf8)
        #expect(decoder.next(first.span) == .data(skip: 5, length: 2))
        #expect(decoder.next(first.span.extracting(7...)) == .needMore(consumed: 0))
        #expect(decoder.next(second.span) == .data(skip: 0, length: 3))
        #expect(decoder.next(second.span.extracting(3...)) == .end(consumed: 7))
        #expect(decoder.next(second.span.extracting(10...)) == .end(consumed: 0))
    }

    @Test func anErrorIsFinalUntilReset() {
        var decoder = ChunkedDecoder()
        let bad = Array("x".utf8)
        let good = Array("0\r\nX: y\r\n\r\n".utf8)
        #expect(decoder.next(bad.span) == .invalid(.badChunkSize))
        #expect(decoder.next(good.span) == .invalid(.badChunkSize))
        #expect(decoder.next([UInt8]().span) == .invalid(.badChunkSize))
        for _ in 0..<2 {
            decoder.reset()
            #expect(decoder.next(good.span) == .end(consumed: good.count))
            #expect(decoder.trailers.count == 1)
        }
    }

    @Test func extensionsAreBoundedOverTheWholeBody() {
        var limits = HTTPLimits()
        #expect(limits.chunkExtensionBytes == 4096)
        limits.chunkExtensionBytes = 10
        #expect(DecodedBody("0;" + String(repeating: "a", count: 9) + "\r\n\r\n", limits: limits).end == .ended)
        let tooLong = DecodedBody.End.rejected(.chunkExtensionsTooLong)
        #expect(DecodedBody("0;" + String(repeating: "a", count: 10), limits: limits).end == tooLong)
        #expect(DecodedBody("0" + String(repeating: " ", count: 11), limits: limits).end == tooLong)
        let chunk = "1;abcd\r\nx\r\n"
        #expect(DecodedBody(chunk + chunk + "0\r\n\r\n", limits: limits).end == .ended)
        #expect(DecodedBody(chunk + chunk + "0;\r\n\r\n", limits: limits).end == tooLong)
    }

    @Test func trailersAreBoundedInBytesAndNumber() {
        var limits = HTTPLimits()
        limits.trailerBytes = 20
        limits.trailerCount = 3
        func decode(_ trailers: String) -> DecodedBody.End {
            DecodedBody("0\r\n" + trailers + "\r\n", limits: limits).end
        }
        #expect(decode("X: 3456789012345\r\n") == .ended)
        #expect(decode("X: 34567890123456\r\n") == .rejected(.headTooLarge))
        #expect(decode("X:\r\nX:\r\nX:\r\n") == .ended)
        #expect(decode("X:\r\nX:\r\nX:\r\nX:\r\n") == .rejected(.tooManyFields))
    }
}
