// SPDX-License-Identifier: Apache-2.0

/// The backends that a request may go to: those that are available and that it has not tried, in the order of the file.
/// Where the pool says so, without backups, without those that are full, or with all of them when all are out of rotation.
///
/// In a pool of up to 64 backends this is one moment's snapshot: ``count`` and ``subscript(place:)`` agree whatever other
/// threads do. A larger pool is read again by the subscript; a backend that left in between makes the last candidate
/// answer for a place that is gone, and only when all have left is there none.
package struct Candidates {
    let pool: BackendPool
    private let tried: BackendSet
    private let filter: CandidateFilter
    /// The candidates among backends 0-63 when this value was made.
    private let firstWord: UInt64
    /// How many candidates there were when this value was made.
    package let count: Int

    @inline(__always)
    fileprivate init(of pool: BackendPool, excluding tried: BackendSet, _ filter: CandidateFilter) {
        self.pool = pool
        self.tried = tried
        self.filter = filter
        firstWord = pool.word(at: 0, filter) & ~tried.firstWord
        var count = firstWord.nonzeroBitCount
        for position in 1..<max(1, pool.wordCount) {
            count += (pool.word(at: position, filter) & ~tried.word(at: position)).nonzeroBitCount
        }
        self.count = count
    }

    package var isEmpty: Bool { count == 0 }

    /// The candidate at `place`, counted from 0; `nil` when there is none there, or no more.
    ///
    /// Looks at each backend at most once.
    package subscript(place place: Int) -> Backend? {
        guard place >= 0, place < count else { return nil }
        var rank = place
        var word = firstWord
        var last: Int?
        var position = 0
        while true {
            let here = word.nonzeroBitCount
            if rank < here {
                return pool.backends[64 * position + word.positionOfSetBit(rank: rank)]
            }
            if here > 0 {
                last = 64 * position + 63 - word.leadingZeroBitCount
            }
            rank -= here
            position += 1
            guard position < pool.wordCount else { break }
            word = self.word(at: position)
        }
        return last.map { pool.backends[$0] }
    }
    /// Whether the backend at `index` is one of them.
    package func contains(_ index: Int) -> Bool {
        guard pool.backends.indices.contains(index) else { return false }
        return word(at: index / 64) & (1 << UInt64(index % 64)) != 0
    }

    /// Calls `body` with the index of each candidate, in order.
    @inline(__always)
    package func forEach(_ body: (Int) -> Void) {
        var word = firstWord
        var position = 0
        while true {
            while word != 0 {
                body(64 &* position &+ word.trailingZeroBitCount)
                word &= word &- 1
            }
            position += 1
            guard position < pool.wordCount else { return }
            word = self.word(at: position)
        }
    }

    /// How many words ``word(at:)`` has.
    var wordCount: Int { pool.wordCount }

    /// The candidates among the backends `64 * position ..< 64 * (position + 1)`, as bits.
    @inline(__always)
    func word(at position: Int) -> UInt64 {
        position == 0 ? firstWord : pool.word(at: position, filter) & ~tried.word(at: position)
    }
}

extension BackendPool {
    /// The backends that a request may go to which has already tried those in `tried`.
    @inline(__always)
    package func candidates(excluding tried: BackendSet) -> Candidates {
        Candidates(of: self, excluding: tried, rules.isEmpty ? [] : filter(excluding: tried))
    }

    /// Whether there would be candidates if none were full.
    func isFull(excluding tried: BackendSet) -> Bool {
        guard !rules.limited.isEmpty else { return false }
        return !Candidates(of: self, excluding: tried, filter(excluding: tried).subtracting(.withRoom)).isEmpty
    }
}
