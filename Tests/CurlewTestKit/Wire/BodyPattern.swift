// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An endless stream of bytes whose every position is known, for bodies too large to hold.
///
/// The period is prime, so a piece of any usual size that is lost, doubled or out of place shifts what follows and is
/// seen. Bytes are compared with `memcmp`, which is as fast in a debug build as in any other.
package enum BodyPattern {
    /// The largest prime below 2^20.
    static let period = 1_048_573
    /// The longest piece that ``withPiece(at:count:_:)`` gives at once.
    static let longestPiece = 262_144

    /// One period, and the beginning of the next so that every piece is contiguous.
    private static let block: [UInt8] = {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var bytes = [UInt8](repeating: 0, count: period + longestPiece)
        for index in 0..<period {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            bytes[index] = UInt8(truncatingIfNeeded: state)
        }
        for index in 0..<longestPiece {
            bytes[period + index] = bytes[index]
        }
        return bytes
    }()

    /// Calls `body` with the bytes at `offset`: `count` of them, or ``longestPiece`` if that is less.
    static func withPiece<Result>(
        at offset: Int,
        count: Int,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let start = offset % period
        let length = min(count, longestPiece)
        return try block.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + length])) }
    }

    /// The bytes from `offset` on.
    package static func bytes(_ count: Int, from offset: Int = 0) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            withPiece(at: offset + result.count, count: count - result.count) { result.append(contentsOf: $0) }
        }
        return result
    }

    /// Whether `bytes` are those of the pattern at `offset`.
    static func matches(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        var checked = 0
        while checked < bytes.count {
            let length = withPiece(at: offset + checked, count: bytes.count - checked) { piece in
                memcmp(piece.baseAddress!, bytes.baseAddress! + checked, piece.count) == 0 ? piece.count : -1
            }
            if length < 0 { return false }
            checked += length
        }
        return true
    }
}
