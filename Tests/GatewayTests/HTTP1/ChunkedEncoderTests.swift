// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct ChunkedEncoderTests {
    /// A buffer of `capacity` bytes with a chunk of `length` bytes of `x` made in it.
    private func chunk(_ length: Int, in capacity: Int) -> String {
        var bytes = [UInt8](repeating: UInt8(ascii: "-"), count: capacity)
        let start = ChunkedEncoder.start(of: length)
        for index in start..<start + length { bytes[index] = UInt8(ascii: "x") }
        var span = bytes.mutableSpan
        let count = ChunkedEncoder.frame(&span, length: length)
        return bytes[..<count].latin1
    }

    @Test(arguments: [
        (1, "1"), (9, "9"), (10, "a"), (15, "f"), (16, "10"), (255, "ff"), (256, "100"), (65_535, "ffff"),
    ])
    func aChunkHasItsSizeInAsFewDigitsAsNeedBe(length: Int, size: String) {
        #expect(chunk(length, in: length + 20) == "\(size)\r\n" + String(repeating: "x", count: length) + "\r\n")
    }

    @Test func whateverIsPutInItsPlaceFits() {
        for capacity in ChunkedEncoder.leastRoom...5000 {
            let place = ChunkedEncoder.place(in: capacity)
            #expect(!place.isEmpty)
            for length in Set([1, place.count / 2, place.count - 1, place.count]) where length > 0 {
                let start = ChunkedEncoder.start(of: length)
                #expect(start <= place.lowerBound && start + length + 2 <= capacity)
            }
        }
    }

    /// Takes out what waits, `size` bytes at a time.
    private func given(_ encoder: inout ChunkedEncoder, _ size: Int) -> String {
        var all: [UInt8] = []
        while encoder.isWaiting {
            let piece = [UInt8](capacity: size) { encoder.give(&$0) }
            #expect(!piece.isEmpty)
            all += piece
        }
        return all.latin1
    }

    @Test(arguments: 1...8) func whatWaitsIsGivenOutInOrderWhateverTheRoom(size: Int) {
        var encoder = ChunkedEncoder()
        #expect(!encoder.isWaiting && !encoder.hasEnded)
        encoder.end(with: LastChunk.plain)
        #expect(encoder.hasEnded && !encoder.isDone)
        // A chunk that found no room is ahead of the end.
        encoder.keep(Array("1\r\nx\r\n".utf8))
        #expect(given(&encoder, size) == "1\r\nx\r\n0\r\n\r\n")
        #expect(encoder.isDone)
        encoder.reset()
        #expect(!encoder.hasEnded && !encoder.isDone)
    }
}
