// SPDX-License-Identifier: Apache-2.0

/// Numbers that one worker counts and any thread reads. There is one writer, so adding takes no lock and no locked
/// instruction; readers may see one number ahead of another.
final class Counters: Sendable {
    private let words: AtomicWords

    init(count: Int) {
        words = AtomicWords(count: count)
    }

    @inline(__always)
    func add(_ number: UInt64, to index: Int) {
        words[index] &+= number
    }

    @inline(__always)
    func increment(_ index: Int) {
        words[index] &+= 1
    }

    /// Counts a time in the histogram that begins at `histogram`.
    @inline(__always)
    func observe(_ microseconds: UInt64, in histogram: Int) {
        words[histogram + HistogramLayout.sum] &+= microseconds
        words[histogram + HistogramLayout.buckets + HistogramScale.index(of: microseconds)] &+= 1
    }

    /// Adds all numbers to `sums`, which has as many.
    func add(to sums: inout [UInt64]) {
        for index in 0..<min(sums.count, words.count) { sums[index] &+= words[index] }
    }
}

/// The same numbers of all workers. Each worker has ``Counters`` of its own, which it gets once.
final class SharedCounters: Sendable {
    private let count: Int
    private let parts = Locked<[Int: Counters]>([:])

    init(count: Int) {
        self.count = count
    }

    /// Those of the worker with this number.
    func part(ofWorker number: Int) -> Counters {
        parts.withLock { parts in
            if let part = parts[number] { return part }
            let part = Counters(count: count)
            parts[number] = part
            return part
        }
    }

    /// All of them added up.
    var sums: [UInt64] {
        var sums = [UInt64](repeating: 0, count: count)
        let parts = parts.withLock { Array($0.values) }
        for part in parts { part.add(to: &sums) }
        return sums
    }
}
