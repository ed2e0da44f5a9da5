// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Whose turn it is among backends of different weights: exact over all workers, evenly spread, and without a lock.
///
/// Time here is virtual: in one cycle of it a backend of weight w has w turns, at equal distances. Whoever's next turn
/// is the earliest is picked, and its next turn moves on by its distance. First turns are staggered, so that equal
/// weights follow the file and light backends stand apart from each other: 5:1:1 is A A B A A C A.
///
/// A backend that was out of rotation has missed its turns and does not catch up on them: its next turn is the first
/// one that is not over yet. What it would have had goes to all the others in proportion.
final class WeightedTurns: Sendable {
    /// When each backend has its next turn. Counts on through 2⁶⁴, so only differences mean anything. Those of a backend
    /// that is out for as long as 2⁶³ takes would be taken wrongly: a year at 100,000 requests a second, at the least.
    private let next: AtomicWords
    /// When the latest turn was.
    private let now = Atomic<UInt64>(0)
    /// How far apart the turns of each backend are.
    private let distances: [UInt64]

    init(weights: [Int]) {
        let weights = weights.map { UInt64(max(1, $0)) }
        // A common multiple makes every distance whole. Where there is none that leaves room to count for years, distances
        // that are off by a few parts in a million have to do.
        let longest: UInt64 = 1 << 28
        let multiple = weights.reduce(UInt64(1)) { product, weight in
            product > longest ? product : product / Self.commonDivisor(product, weight) * weight
        }
        let count = UInt64(weights.count)
        // First turns are at fractions of the distances, and slow starts make distances longer by fractions.
        let cycle = multiple > longest ? longest : multiple * max(1, (1 << 16) / multiple)
        distances = weights.map { cycle / $0 }
        next = AtomicWords(count: weights.count)
        for (index, distance) in distances.enumerated() { next[index] = distance * UInt64(index) / count }
    }

    private static func commonDivisor(_ one: UInt64, _ other: UInt64) -> UInt64 {
        other == 0 ? one : commonDivisor(other, one % other)
    }

    /// The candidate with the least load, and among equals the one whose turn it is, which then has had it.
    ///
    /// Looks at them all. When another worker takes the same turn in the meantime, it looks again. It cannot be that a
    /// turn is taken out of order: turns only ever move on, so whoever's was the earliest still is if it has not moved.
    ///
    /// - Parameters:
    ///   - candidates: Those of the pool that may be picked.
    ///   - pool: The one that these weights are of.
    ///   - time: For the shares of backends that start slowly.
    ///   - loads: What there is to do at each of 64 backends.
    /// - Returns: Its index, or `nil` when there are no candidates.
    @inline(__always)
    func pick<Row: LoadRow>(
        among candidates: Candidates,
        of pool: BackendPool,
        at time: UInt64,
        loads: (_ position: Int) -> Row
    ) -> Int? {
        while true {
            let now = self.now.load(ordering: .relaxed)
            var best = -1
            var least = Row.Load.most
            var shortestWait = Int64.max
            var seen: UInt64 = 0
            // A loop of its own: as a closure it would cost three times as much.
            for position in 0..<candidates.wordCount {
                var word = candidates.word(at: position)
                let (loads, next) = (loads(position), next.row(position))
                while word != 0 {
                    let place = word.trailingZeroBitCount
                    word &= word &- 1
                    let load = loads[place]
                    if least < load { continue }
                    let turn = next[place]
                    var wait = Int64(bitPattern: turn &- now)
                    if wait < 0 { wait = missedTurn(of: 64 &* position &+ place, -wait) }
                    if wait >= shortestWait, load == least { continue }
                    best = 64 &* position &+ place
                    least = load
                    shortestWait = wait
                    seen = turn
                }
            }
            guard best >= 0 else { return nil }
            let turn = now &+ UInt64(bitPattern: shortestWait)
            let distance = distances[best] * SlowStart.full / pool.progress(of: best, at: time)
            if next.exchange(best, seen, for: turn &+ distance) {
                // A worker that was held up here may set it back; then turns count as missed a moment later.
                self.now.store(turn, ordering: .relaxed)
                return best
            }
        }
    }

    /// How long the backend at `index`, whose next turn was so long ago, waits for the first one that is not over.
    @inline(never)
    private func missedTurn(of index: Int, _ ago: Int64) -> Int64 {
        let distance = Int64(distances[index])
        let rest = ago % distance
        return rest == 0 ? 0 : distance - rest
    }
}
