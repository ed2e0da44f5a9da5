// SPDX-License-Identifier: Apache-2.0

/// Looks for some bytes in others that come in pieces, wherever the pieces end. (Knuth, Morris and Pratt 1977.)
package struct ByteSearch: Sendable {
    private let wanted: [UInt8]
    /// For each place in `wanted`, with how many bytes to go on when the next does not fit.
    private let fallback: [Int]
    /// So many bytes at the end of what has come are the beginning of what is wanted.
    private var matched = 0
    /// It was there.
    package private(set) var isFound: Bool

    package init(for wanted: [UInt8]) {
        self.wanted = wanted
        isFound = wanted.isEmpty
        var fallback = [Int](repeating: 0, count: wanted.count)
        var length = 0
        for index in wanted.indices.dropFirst() {
            while length > 0 && wanted[index] != wanted[length] { length = fallback[length - 1] }
            if wanted[index] == wanted[length] { length += 1 }
            fallback[index] = length
        }
        self.fallback = fallback
    }

    /// Begins from the start.
    package mutating func reset() {
        matched = 0
        isFound = wanted.isEmpty
    }

    /// Takes the next piece, or as much of it as `limit` allows.
    package mutating func receive(_ piece: Span<UInt8>, limit: Int) {
        for index in 0..<min(limit, piece.count) where !isFound {
            while matched > 0 && piece[index] != wanted[matched] { matched = fallback[matched - 1] }
            if piece[index] == wanted[matched] { matched += 1 }
            isFound = matched == wanted.count
        }
    }
}
