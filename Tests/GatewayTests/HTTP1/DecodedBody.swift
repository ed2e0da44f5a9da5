// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// What a decoder made of a body: the data, how many bytes the body was, its trailers, and how it ended.
struct DecodedBody: Equatable {
    enum End: Equatable {
        case unfinished
        case ended
        case rejected(ParseError)
    }

    var data = ""
    var consumed = 0
    var end = End.unfinished
    var trailers: [[String]] = []

    /// Decodes `bytes` in pieces that end at `cuts`.
    init(_ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) {
        var decoder = ChunkedDecoder(limits: limits)
        var start = 0
        for cut in cuts + [bytes.count] {
            while end == .unfinished {
                let step = decoder.next(bytes.span.extracting(start..<cut))
                if take(step, bytes, &start) { break }
            }
        }
        consumed = start
        if end == .ended {
            trailers = decoder.trailers.map {
                [decoder.trailerBytes[$0.name].latin1, decoder.trailerBytes[$0.value].latin1]
            }
        }
    }

    init(_ text: String, limits: HTTPLimits = HTTPLimits()) {
        self.init(Array(text.utf8), limits: limits)
    }

    /// Returns whether the input is used up.
    private mutating func take(_ event: ChunkEvent, _ bytes: [UInt8], _ start: inout Int) -> Bool {
        switch event {
        case .data(let skip, let length):
            data += bytes[start + skip..<start + skip + length].latin1
            start += skip + length
            return false
        case .needMore(let consumed):
            start += consumed
            return true
        case .end(let consumed):
            start += consumed
            end = .ended
        case .invalid(let error):
            end = .rejected(error)
        }
        return true
    }
}
