// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// What libcurl is given of a chunked body: framed anew, its trailers behind it.
@Suite struct ChunkedBodyPipeTests {
    private let wire = Array(
        "5\r\nhello\r\nb;x=\"y\"\r\n wonderful \r\n05\r\nworld\r\n0\r\nX-Sum: t \r\nCookie: c\r\nX-Own: 1\r\n\r\n".utf8
    )
    private let next = Array("GET /next HTTP/1.1\r\n\r\n".utf8)
    private let plain = Array("hello wonderful world".utf8)
    private let head = Array(
        "PUT / HTTP/1.1\r\nHost: a\r\nConnection: x-own\r\nTransfer-Encoding: chunked\r\n\r\n".utf8
    )
    private let trailers = "X-Sum: t\r\n"

    private func parsed() -> RequestHead {
        var parser = RequestParser()
        let request = RequestHead()
        #expect(parser.parse(head.span, into: request) == .complete)
        return request
    }

    private func source(_ arrived: ArraySlice<UInt8>, _ arriving: [[UInt8]] = []) -> FakeDownstream {
        let source = FakeDownstream(arrived: head + arrived, arriving: arriving, capacity: 512)
        source.input.start = head.count
        return source
    }

    private func pipe(keeping: Int = 0) -> BodyPipe {
        var pipe = BodyPipe(limits: HTTPLimits(), maximum: nil)
        pipe.begin(.chunked, keeping: keeping)
        return pipe
    }

    /// What the pipe gives into buffers of `size` bytes, up to `most` bytes.
    private func read(_ pipe: inout BodyPipe, _ source: FakeDownstream, size: Int, atMost most: Int = .max) -> [UInt8] {
        let request = parsed()
        var given: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: size)
        var emptyInARow = 0
        while given.count < most, emptyInARow < 100 {
            switch buffer.withUnsafeMutableBytes({ pipe.fillChunked($0, from: source, of: request) }) {
            case .bytes(let count):
                #expect(count > 0 && count <= size)
                given += buffer[..<count]
                emptyInARow = 0
            case .empty: emptyInARow += 1
            case .end:
                #expect(pipe.encoder.isDone)
                return given
            case .failed(let error):
                Issue.record("\(error)")
                return given
            }
        }
        return given
    }

    /// Takes the framing off again, with the decoder that is tested elsewhere.
    private func decoded(_ framed: [UInt8]) -> (body: [UInt8], trailers: String, isWhole: Bool) {
        var decoder = ChunkedDecoder()
        var body: [UInt8] = []
        var rest = framed[...]
        while true {
            switch decoder.next(Array(rest).span) {
            case .data(let skip, let length):
                body += rest.dropFirst(skip).prefix(length)
                rest = rest.dropFirst(skip + length)
            case .end(let consumed):
                let names = decoder.trailers.map { decoder.trailerBytes[$0.line].latin1 + "\r\n" }
                return (body, names.joined(), consumed == rest.count)
            case .needMore, .invalid: return (body, "", false)
            }
        }
    }

    @Test func aBodyThatIsThereIsOneChunkAndItsEnd() {
        var pipe = pipe()
        let given = read(&pipe, source(wire[...]), size: 4096)
        #expect(given.latin1 == "15\r\nhello wonderful world\r\n0\r\n\(trailers)\r\n")
    }

    @Test func aBodyOfNothingIsItsEndAlone() {
        var pipe = pipe()
        #expect(read(&pipe, source(Array("0\r\n\r\n".utf8)[...]), size: 100).latin1 == "0\r\n\r\n")
    }

    @Test func theBodyIsTheSameHoweverItIsCutAndWhateverTheRoom() {
        for cut in 0...wire.count {
            for size in [1, 2, 3, 5, 6, 7, 8, 20, 21, 22, 23, 64, 300] {
                var pipe = pipe()
                let source = source(wire[..<cut], [Array(wire[cut...] + next)])
                let result = decoded(read(&pipe, source, size: size))
                guard result.body == plain, result.trailers == trailers, result.isWhole, source.rest == next else {
                    Issue.record("cut at \(cut), \(size) at a time: \(result.body.latin1) \(result.trailers)")
                    return
                }
            }
        }
    }

    /// The first attempt gets some of it, wherever that ends; the next one all, its trailers too.
    @Test func anotherAttemptGetsAllOfIt() {
        for given in 1...60 {
            for size in [1, 7, 64] {
                var pipe = pipe(keeping: 100)
                let source = source(wire[..<9], [Array(wire[9...] + next)])
                _ = read(&pipe, source, size: size, atMost: given)
                for _ in 0..<2 {
                    pipe.rewind()
                    let result = decoded(read(&pipe, source, size: 16))
                    #expect(result.body == plain && result.trailers == trailers && result.isWhole)
                }
                #expect(source.rest == next)
            }
        }
    }

    @Test func theNextBodyHasNoTrailersOfTheLast() {
        var pipe = pipe()
        _ = read(&pipe, source(wire[...]), size: 64)
        pipe.begin(.chunked, keeping: 0)
        let second = source(Array("1\r\nx\r\n0\r\n\r\n".utf8)[...])
        #expect(read(&pipe, second, size: 64).latin1 == "1\r\nx\r\n0\r\n\r\n")
    }
}
