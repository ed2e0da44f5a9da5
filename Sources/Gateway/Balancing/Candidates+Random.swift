// SPDX-License-Identifier: Apache-2.0

extension Candidates {
    /// A random candidate, each as often as its share says.
    ///
    /// - Parameters:
    ///   - other: One that is left out.
    ///   - time: For the shares of backends that start slowly.
    /// - Returns: Its index, or `nil` when there is none.
    func random(using random: SharedRandom, butNot other: Int? = nil, at time: UInt64) -> Int? {
        pool.hasEqualShares
            ? anyOne(using: random, butNot: other) : anyOneByShare(using: random, butNot: other, at: time)
    }

    private func anyOne(using random: SharedRandom, butNot other: Int?) -> Int? {
        guard let other else {
            guard count > 0 else { return nil }
            return self[place: Int(random.next(below: UInt64(count)))]?.index
        }
        // The last one stands in for the one that is left out.
        guard count > 1, let last = self[place: count - 1] else { return nil }
        let index = self[place: Int(random.next(below: UInt64(count - 1)))]?.index
        return index == other ? last.index : index
    }

    private func anyOneByShare(using random: SharedRandom, butNot other: Int?, at time: UInt64) -> Int? {
        let other = other ?? -1
        var sum: UInt64 = 0
        forEach { index in
            if index != other { sum += pool.share(of: index, at: time) }
        }
        guard sum > 0 else { return nil }
        var rest = random.next(below: sum)
        var found: Int?
        var last: Int?
        forEach { index in
            guard found == nil, index != other else { return }
            let share = pool.share(of: index, at: time)
            if rest < share { found = index } else { rest -= share }
            last = index
        }
        // Some have left since the sum was made.
        return found ?? last
    }
}
