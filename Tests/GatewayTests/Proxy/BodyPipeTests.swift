// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct BodyPipeTests {
    private let next = Array("GET /next HTTP/1.1\r\n\r\n".utf8)
    private let plain = Array("hello wonderful world".utf8)
    private let chunked = Array(
        "5\r\nhello\r\nb;x=\"y\"\r\n wonderful \r\n5\r\nworld\r\n0\r\nX-Trailer: t\r\n\r\n".utf8
    )

    private func pipe(_ framing: BodyFraming, keeping: Int = 0, maximum: Int? = nil) -> BodyPipe {
        var pipe = BodyPipe(limits: HTTPLimits(), maximum: maximum)
        pipe.begin(framing, keeping: keeping)
        return pipe
    }

    /// Asks for the body in pieces of at most `size` until it ends or fails, and at most `most` of it.
    private func read(
        _ pipe: inout BodyPipe,
        _ source: FakeDownstream,
        size: Int,
        atMost most: Int = .max
    ) -> ([UInt8], BodyPipe.Outcome) {
        var body: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: size)
        var emptyInARow = 0
        while body.count < most {
            let outcome = buffer.withUnsafeMutableBytes { pipe.fill($0, from: source) }
            switch outcome {
            case .bytes(let count):
                #expect(count > 0 && count <= size)
                body += buffer[..<count]
                emptyInARow = 0
            case .empty:
                emptyInARow += 1
                if emptyInARow > 100 { return (body, outcome) }
            case .end, .failed: return (body, outcome)
            }
        }
        return (body, .bytes(0))
    }

    private func framing(_ isChunked: Bool) -> BodyFraming { isChunked ? .chunked : .length(UInt64(plain.count)) }

    /// However the bytes are cut into what has arrived and what arrives, the body is the same and what is behind it is
    /// left alone.
    @Test(arguments: [false, true]) func aBodyIsTheSameHoweverItIsCut(isChunked: Bool) {
        let wire = (isChunked ? chunked : plain) + next
        for first in 0...wire.count {
            for second in stride(from: first, through: wire.count, by: 5) {
                for size in [1, 3, 7, 4096] {
                    var pipe = pipe(framing(isChunked))
                    let pieces = [Array(wire[first..<second]), [], Array(wire[second...])]
                    let source = FakeDownstream(arrived: Array(wire[..<first]), arriving: pieces)
                    let (body, outcome) = read(&pipe, source, size: size)
                    guard body == plain, outcome == .end, source.rest == next, pipe.isComplete,
                        pipe.received == UInt64(plain.count)
                    else {
                        Issue.record(
                            "cut at \(first) and \(second), \(size) at a time: \(outcome) \(body) \(source.rest)"
                        )
                        return
                    }
                }
            }
        }
    }

    @Test func aRequestWithoutABodyIsComplete() {
        for framing in [BodyFraming.none, .length(0)] {
            var pipe = pipe(framing)
            #expect(pipe.isComplete)
            let source = FakeDownstream(arrived: next)
            #expect(read(&pipe, source, size: 10).1 == .end)
            #expect(source.rest == next)
        }
    }

    @Test func nothingThereIsNotTheEnd() {
        for isChunked in [false, true] {
            var pipe = pipe(framing(isChunked))
            let wire = isChunked ? chunked : plain
            let source = FakeDownstream(arrived: Array(wire[..<8]))
            #expect(read(&pipe, source, size: 4).1 == .empty)
            #expect(!pipe.isComplete)
        }
    }

    @Test func aClientThatLeavesInTheMiddleIsNoEnd() {
        for isChunked in [false, true] {
            let wire = isChunked ? chunked : plain
            for count in 0..<wire.count {
                var pipe = pipe(framing(isChunked))
                let source = FakeDownstream(arrived: [], arriving: [Array(wire[..<count])], ends: true)
                #expect(read(&pipe, source, size: 4).1 == .failed(ProxyError(.clientLeft)))
            }
        }
    }

    @Test func brokenChunksFail() {
        var pipe = pipe(.chunked)
        let source = FakeDownstream(arrived: Array("5\r\nhelloX".utf8))
        let (_, outcome) = read(&pipe, source, size: 100)
        #expect(outcome == .failed(ProxyError(.malformedRequest(.badChunkEnd))))
    }

    @Test func aChunkedBodyIsGatheredAsFarAsItHasCome() {
        var pipe = pipe(.chunked)
        // So much finds room at once, again and again.
        let source = FakeDownstream(arrived: [], arriving: [Array(chunked[..<35])], ends: true, capacity: 12)
        let (body, outcome) = read(&pipe, source, size: 4096, atMost: 1)
        #expect(body == Array("hello wonderful ".utf8))
        #expect(outcome == .bytes(0))
        // That the client has left is told when there is nothing else to tell.
        #expect(read(&pipe, source, size: 4096).1 == .failed(ProxyError(.clientLeft)))
    }

    /// A large buffer is read into past the one for input, which then gets what is behind the body.
    @Test func theNextRequestIsLeftAloneWhereverItCame() {
        let filler = [UInt8](repeating: 0x61, count: 5000)
        let wire = Array("1388\r\n".utf8) + filler + Array("\r\n5;x\r\nhello\r\n0\r\n\r\n".utf8) + next
        for first in [0, 1, 6, 100, 5006, 5008, 5018, wire.count - next.count, wire.count - 3, wire.count] {
            for size in [100, 4095, 4096, 5004, 5005, 20_000] {
                var pipe = pipe(.chunked)
                let source = FakeDownstream(arrived: Array(wire[..<first]), arriving: [Array(wire[first...])])
                let (body, outcome) = read(&pipe, source, size: size)
                #expect(body == filler + Array("hello".utf8), "\(first) \(size)")
                #expect(outcome == .end)
                #expect(source.rest == next, "\(first) \(size)")
            }
        }
    }

    /// However much has come, no more than fits is looked at; the rest keeps its place.
    @Test func whatIsBehindTheBodyStaysBehindItInTheInput() {
        var pipe = pipe(.chunked)
        let behind = next + next + next
        let source = FakeDownstream(arrived: Array("5\r\nhello\r\n0\r\n\r\n".utf8) + behind)
        #expect(read(&pipe, source, size: 25).0 == Array("hello".utf8))
        #expect(source.rest == behind)
    }

    // MARK: Past the process

    @Test func aLongBodyWithALengthIsWorthAPipe() {
        for (framing, isWorthIt) in [
            (BodyFraming.length(32 * 1024), true), (.length(32 * 1024 - 1), false), (.chunked, false), (.none, false),
        ] {
            #expect(pipe(framing).isWorthAPipe == isWorthIt, "\(framing)")
        }
    }

    /// Bodies may be longer than what is kept, and fail before more than that has come.
    @Test func whatMayBeNeededForAnotherAttemptIsNotSpliced() {
        var pipe = pipe(.length(200_000), keeping: 50_000)
        let source = FakeDownstream(arrived: [], arriving: [[UInt8](repeating: 1, count: 200_000)])
        #expect(!pipe.isWorthAPipe)
        #expect(read(&pipe, source, size: 40_000, atMost: 1).0.count == 40_000)
        #expect(pipe.isReplayable && !pipe.isWorthAPipe)
        pipe.rewind()
        #expect(read(&pipe, source, size: 40_000, atMost: 1).0.count == 40_000)
        #expect(pipe.isReplayable && !pipe.isWorthAPipe)
        // This is more than is kept.
        #expect(read(&pipe, source, size: 40_000, atMost: 1).0.count == 40_000)
        #expect(!pipe.isReplayable && pipe.isWorthAPipe)
        #expect(pipe.splice(40_000, from: source) == .bytes(40_000))
        #expect(pipe.received == 120_000)
    }

    @Test func aSplicedBodyEndsWhereItsLengthSays() {
        var pipe = pipe(.length(100_000))
        let wire = [UInt8](repeating: 1, count: 100_000) + next
        let source = FakeDownstream(arrived: [], arriving: [Array(wire[..<40_000]), Array(wire[40_000...])])
        #expect(pipe.splice(65_536, from: source) == .bytes(40_000))
        #expect(pipe.splice(65_536, from: source) == .empty)
        #expect(pipe.splice(65_536, from: source) == .bytes(60_000))
        #expect(pipe.isComplete)
        #expect(pipe.received == 100_000)
        #expect(String(decoding: source.rest, as: UTF8.self) == String(decoding: next, as: UTF8.self))
    }

    @Test func aClientThatLeavesWhileItsBodyIsSplicedIsNoEnd() {
        var pipe = pipe(.length(100_000))
        let source = FakeDownstream(arrived: [], arriving: [[UInt8](repeating: 1, count: 40_000)], ends: true)
        #expect(pipe.splice(65_536, from: source) == .bytes(40_000))
        #expect(pipe.splice(65_536, from: source) == .empty)
        #expect(pipe.splice(65_536, from: source) == .failed(ProxyError(.clientLeft)))
    }

    @Test(arguments: [20, 21]) func aChunkedBodyMayNotBeLargerThanAllowed(maximum: Int) {
        var pipe = pipe(.chunked, maximum: maximum)
        let (_, outcome) = read(&pipe, FakeDownstream(arrived: chunked), size: 4)
        #expect(outcome == (maximum < plain.count ? .failed(ProxyError(.bodyTooLarge)) : .end))
    }

    // MARK: Another attempt

    /// The first attempt gets `given` bytes, and the second one the body from its start.
    @Test(arguments: [false, true]) func whatWasGivenIsGivenAgain(isChunked: Bool) {
        let wire = (isChunked ? chunked : plain) + next
        for given in 1...plain.count {
            for size in [1, 4, 4096] {
                var pipe = pipe(framing(isChunked), keeping: plain.count)
                let source = FakeDownstream(
                    arrived: Array(wire[..<3]),
                    arriving: [Array(wire[3...9]), Array(wire[10...])]
                )
                _ = read(&pipe, source, size: size, atMost: given)
                #expect(pipe.isReplayable)
                for _ in 0..<2 {
                    pipe.rewind()
                    let (body, outcome) = read(&pipe, source, size: 5)
                    #expect(body == plain)
                    #expect(outcome == .end)
                }
                #expect(source.rest == next)
                #expect(pipe.received == UInt64(plain.count), "what is given again is not received again")
            }
        }
    }

    @Test func aBodyThatIsTooLargeToKeepCannotBeGivenAgain() {
        for (keeping, isReplayable) in [(0, false), (20, false), (21, true)] {
            var pipe = pipe(framing(false), keeping: keeping)
            #expect(pipe.isReplayable, "nothing is lost before anything was taken")
            let source = FakeDownstream(arrived: plain)
            #expect(read(&pipe, source, size: 6).0 == plain, "the attempt itself gets all of it")
            #expect(pipe.isReplayable == isReplayable)
        }
    }

    @Test func theNextRequestBeginsAnew() {
        var pipe = pipe(.chunked, keeping: 100)
        _ = read(&pipe, FakeDownstream(arrived: chunked), size: 4, atMost: 9)
        pipe.begin(.length(3), keeping: 100)
        let source = FakeDownstream(arrived: Array("abcdef".utf8))
        #expect(read(&pipe, source, size: 10).0 == Array("abc".utf8))
        #expect(source.rest == Array("def".utf8))
        #expect(pipe.received == 3)
    }

    // MARK: A body that arrived with the head

    private func takeWhole(_ pipe: inout BodyPipe, _ source: FakeDownstream) -> UnsafeRawBufferPointer? {
        pipe.takeWhole(source.input)
    }

    @Test func aBodyThatIsThereIsTakenWhole() throws {
        var pipe = pipe(framing(false))
        let source = FakeDownstream(arrived: plain + next)
        let whole = try #require(takeWhole(&pipe, source))
        #expect(Array(whole) == plain)
        #expect(pipe.isComplete)
        #expect(pipe.received == UInt64(plain.count))
        #expect(source.rest == next)
        #expect(read(&pipe, source, size: 10).1 == .end)
    }

    @Test func aBodyThatIsNotThereYetIsNotTaken() {
        var short = pipe(framing(false))
        let source = FakeDownstream(arrived: plain.dropLast())
        #expect(takeWhole(&short, source) == nil)
        #expect(source.rest == plain.dropLast())
        var chunks = pipe(.chunked)
        #expect(takeWhole(&chunks, FakeDownstream(arrived: chunked)) == nil)
        var none = pipe(.none)
        #expect(takeWhole(&none, source) == nil)
    }

    @Test func anEmptyBodyIsTakenWithoutTouchingWhatFollows() throws {
        var pipe = pipe(.length(0))
        let source = FakeDownstream(arrived: next)
        let whole = try #require(takeWhole(&pipe, source))
        #expect(whole.isEmpty)
        // libcurl takes a missing pointer for a body that has to be asked for.
        #expect(whole.baseAddress != nil)
        #expect(source.rest == next)
    }
}
