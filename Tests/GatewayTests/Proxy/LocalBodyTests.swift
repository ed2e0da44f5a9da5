// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct LocalBodyTests {
    /// The bytes that come of taking piece after piece.
    private func joined(_ body: LocalBody, atMost most: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = body.piece(after: UInt64(bytes.count), atMost: most)
            if piece.isEmpty { return bytes }
            bytes += body.block[piece]
        }
    }

    @Test(arguments: [1, 2, 3, 5, 100]) func piecesAddUpToTheWhole(most: Int) {
        #expect(joined(LocalBody([1, 2, 3, 4, 5]), atMost: most) == [1, 2, 3, 4, 5])
        let repeated = LocalBody(repeating: [1, 2, 3], count: 8)
        #expect(joined(repeated, atMost: most) == [1, 2, 3, 1, 2, 3, 1, 2])
    }

    @Test func noPieceIsLongerThanAsked() {
        let body = LocalBody(repeating: [UInt8](repeating: 7, count: 100), count: 1 << 60)
        #expect(body.piece(after: 0, atMost: 64) == 0..<64)
        #expect(body.piece(after: 64, atMost: 64) == 64..<100)
        #expect(body.piece(after: (1 << 60) - 3, atMost: 64).count == 3)
        #expect(body.piece(after: 1 << 60, atMost: 64).isEmpty)
    }

    @Test func aBlockLongerThanTheBodyIsCut() {
        #expect(joined(LocalBody(repeating: [1, 2, 3], count: 2), atMost: 9) == [1, 2])
        #expect(joined(LocalBody(repeating: [1, 2, 3], count: 0), atMost: 9) == [])
        #expect(joined(LocalBody([]), atMost: 9) == [])
    }
}
