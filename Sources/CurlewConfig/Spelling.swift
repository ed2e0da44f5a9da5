// SPDX-License-Identifier: Apache-2.0

/// Finds what somebody meant to write.
enum Spelling {
    /// The candidate closest to `word`, the first of several; `nil` when there are none.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        candidates.min { distance(word, $0) < distance(word, $1) }
    }

    /// Whether `candidate` is so close to `word` that one was probably written for the other.
    static func isLikely(_ candidate: String, for word: String) -> Bool {
        distance(word, candidate) <= Swift.max(2, word.count / 3) && distance(word, candidate) < candidate.count
    }

    /// How many letters must be inserted, removed, replaced or swapped with their neighbour to make one word of the
    /// other. Case does not count, nor does `-` for `_`.
    static func distance(_ first: String, _ second: String) -> Int {
        let a = normalized(first)
        let b = normalized(second)
        // Three rows of the usual table: two back for a swap, one back, and the one being filled.
        var beforeLast = [Int]()
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = Swift.min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = Swift.min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }

    private static func normalized(_ word: String) -> [Character] {
        // A key that is a whole paragraph by mistake need not be compared to its end.
        word.prefix(64).lowercased().map { $0 == "-" ? "_" : $0 }
    }
}
