// SPDX-License-Identifier: Apache-2.0

/// A set of backends of one pool, by their ``Backend/index``: such as those that a request has already tried.
///
/// A pool of up to 64 backends fits into one inline word and costs no allocation; only a larger index grows an array.
package struct BackendSet: Sendable {
    /// Indices 0-63.
    private(set) var firstWord: UInt64 = 0
    /// Indices from 64 up, 64 in each word. Its end is cut off where nothing was ever inserted.
    private var moreWords: [UInt64] = []

    package init() {}

    /// Whether there is nothing in the set.
    package var isEmpty: Bool {
        firstWord == 0 && moreWords.allSatisfy { $0 == 0 }
    }

    /// How many backends are in the set.
    package var count: Int {
        moreWords.reduce(firstWord.nonzeroBitCount) { $0 + $1.nonzeroBitCount }
    }

    /// The indices `64 * position ..< 64 * (position + 1)` as bits, the lowest index in the lowest bit.
    func word(at position: Int) -> UInt64 {
        if position == 0 { return firstWord }
        return position <= moreWords.count ? moreWords[position - 1] : 0
    }

    /// Whether the backend with this index is in the set.
    package func contains(_ index: Int) -> Bool {
        word(at: index / 64) & Self.bit(index) != 0
    }

    /// Adds the backend with this index; it may be there already.
    package mutating func insert(_ index: Int) {
        if index < 64 {
            firstWord |= Self.bit(index)
            return
        }
        let position = index / 64 - 1
        while moreWords.count <= position { moreWords.append(0) }
        moreWords[position] |= Self.bit(index)
    }

    /// Takes out the backend with this index; it need not be there.
    package mutating func remove(_ index: Int) {
        if index < 64 {
            firstWord &= ~Self.bit(index)
        } else if index / 64 <= moreWords.count {
            moreWords[index / 64 - 1] &= ~Self.bit(index)
        }
    }

    /// Empties the set and keeps its memory, since a set is reused from request to request.
    package mutating func removeAll() {
        firstWord = 0
        moreWords.removeAll(keepingCapacity: true)
    }

    /// The bit of `index` within its word.
    private static func bit(_ index: Int) -> UInt64 {
        1 << UInt64(index % 64)
    }
}

extension BackendSet: Equatable {
    /// Two sets are equal when they hold the same indices, however much memory each has kept.
    package static func == (left: BackendSet, right: BackendSet) -> Bool {
        (0...max(left.moreWords.count, right.moreWords.count)).allSatisfy { left.word(at: $0) == right.word(at: $0) }
    }
}

extension BackendSet: ExpressibleByArrayLiteral {
    package init(arrayLiteral indices: Int...) {
        for index in indices { insert(index) }
    }
}
