// SPDX-License-Identifier: Apache-2.0

/// Draws backends at random, each as often as its share says, at a cost that does not grow with the pool.
///
/// An alias table (Walker 1977, Vose 1991) knows the weights. A backend that is drawn and may not be picked, or has not
/// yet so much of its share, is put back and another is drawn: which leaves the others' proportions as they are.
struct WeightedDraw: Sendable {
    /// Of each column: who has its lower part, and how much that is; the backend of the same index has the rest.
    private let columns: [(alias: UInt32, part: UInt32)]
    /// After so many draws of somebody who is not to be had it is cheaper to look at all backends.
    private static let attempts = 8

    init(weights: [Int]) {
        let count = weights.count
        let sum = Double(weights.reduce(0) { $0 + max(1, $1) })
        var heights = weights.map { Double(max(1, $0)) * Double(count) / sum }
        var columns = (0..<count).map { (alias: UInt32($0), part: UInt32(0)) }
        var low = heights.indices.filter { heights[$0] < 1 }
        var high = heights.indices.filter { heights[$0] >= 1 }
        // Each column that is too low is filled up by one that is too high.
        while let column = low.popLast(), let giver = high.last {
            let missing = 1 - heights[column]
            columns[column] = (UInt32(giver), UInt32(min(missing * 0x1p32, 0xFFFF_FFFF)))
            heights[giver] -= missing
            if heights[giver] < 1 {
                high.removeLast()
                low.append(giver)
            }
        }
        self.columns = columns
    }

    /// A candidate at random.
    ///
    /// - Parameters:
    ///   - candidates: Of the pool that the weights are of.
    ///   - other: The index of one that is left out.
    ///   - random: What to draw with.
    ///   - time: For the shares of backends that start slowly.
    /// - Returns: Its index, or `nil` when there is none.
    func draw(
        among candidates: Candidates,
        butNot other: Int = -1,
        using random: SharedRandom,
        at time: UInt64
    ) -> Int? {
        for _ in 0..<Self.attempts {
            let drawn = random.next()
            let (column, rest) = drawn.multipliedFullWidth(by: UInt64(columns.count))
            let (alias, part) = columns[Int(column)]
            let index = rest >> 32 < UInt64(part) ? Int(alias) : Int(column)
            // The lowest bits have had no say in who it is.
            let isFar = drawn & 0xFF < candidates.pool.progress(of: index, at: time)
            if index != other, isFar, candidates.contains(index) { return index }
        }
        return search(among: candidates, butNot: other, using: random, at: time)
    }

    /// The same by looking at all candidates.
    @inline(never)
    private func search(
        among candidates: Candidates,
        butNot other: Int,
        using random: SharedRandom,
        at time: UInt64
    ) -> Int? {
        let pool = candidates.pool
        var sum: UInt64 = 0
        candidates.forEach { index in
            if index != other { sum += pool.share(of: index, at: time) }
        }
        guard sum > 0 else { return nil }
        var rest = random.next(below: sum)
        var found: Int?
        var last: Int?
        candidates.forEach { index in
            guard found == nil, index != other else { return }
            let share = pool.share(of: index, at: time)
            if rest < share { found = index } else { rest -= share }
            last = index
        }
        // Some have left since the sum was made.
        return found ?? last
    }
}
