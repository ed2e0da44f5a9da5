// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Atomic words that lie in one or several ``AtomicWords``, by numbers of this table's own.
///
/// A word is in as many tables as there are that know it: so what is counted there is one number however its places
/// change from table to table. Looking one up costs one more read than in ``AtomicWords``, of memory that never changes.
/// No word says anything about other memory, so every access is relaxed.
@safe
final class WordTable: @unchecked Sendable {
    // Sendable because the pointers never change, what is behind them is only reached through atomics, and `owners` keeps
    // it where it is.
    private let words: UnsafeMutablePointer<UnsafeMutablePointer<Atomic<UInt64>>>
    private let owners: [AtomicWords]
    let count: Int
    /// Of which there is memory: whole rows, and one at least.
    private let capacity: Int

    /// The words at these places, in this order.
    init(_ places: [(words: AtomicWords, index: Int)]) {
        count = places.count
        capacity = max(1, (places.count + 63) / 64) * 64
        // Behind the last word, one that nobody changes.
        let rest = AtomicWords(count: 1)
        owners = places.map(\.words) + [rest]
        unsafe words = .allocate(capacity: capacity)
        for index in 0..<capacity {
            let place = index < places.count ? places[index] : (words: rest, index: 0)
            unsafe (words + index).initialize(to: place.words.pointer(to: place.index))
        }
    }

    deinit { unsafe words.deallocate() }

    /// The words `64 * position ..< 64 * (position + 1)`; see ``AtomicWords/row(_:)``.
    @inline(__always)
    func row(_ position: Int) -> WordRow {
        precondition(UInt(bitPattern: position) < UInt(bitPattern: capacity) / 64)
        return unsafe WordRow(words: words + 64 &* position)
    }

    subscript(index: Int) -> UInt64 {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe words[index].pointee.load(ordering: .relaxed)
        }
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            unsafe words[index].pointee.store(newValue, ordering: .relaxed)
        }
    }

    /// See ``AtomicWords``.
    subscript(signed index: Int) -> Int64 { Int64(bitPattern: self[index]) }

    /// Adds one and gives the word as it was before.
    @discardableResult
    func increment(_ index: Int) -> UInt64 {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe words[index].pointee.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    /// Takes one away and gives the word as it was before.
    @discardableResult
    func decrement(_ index: Int) -> UInt64 {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe words[index].pointee.wrappingSubtract(1, ordering: .relaxed).oldValue
    }

    /// Puts `new` in the place of `expected`.
    ///
    /// - Returns: Whether `expected` was there; otherwise nothing has changed.
    func exchange(_ index: Int, _ expected: UInt64, for new: UInt64) -> Bool {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe words[index].pointee.compareExchange(expected: expected, desired: new, ordering: .relaxed)
            .exchanged
    }
}

/// 64 words of a ``WordTable``.
@safe
struct WordRow {
    // Valid as long as the table is, which whoever has made this holds.
    private let words: UnsafeMutablePointer<UnsafeMutablePointer<Atomic<UInt64>>>

    fileprivate init(words: UnsafeMutablePointer<UnsafeMutablePointer<Atomic<UInt64>>>) {
        unsafe self.words = unsafe words
    }

    /// The word at `place`, from 0 to 63; of any other number the lowest six bits count.
    @inline(__always)
    subscript(place: Int) -> UInt64 {
        unsafe words[place & 63].pointee.load(ordering: .relaxed)
    }

    /// See ``AtomicWords/subscript(signed:)``.
    @inline(__always)
    subscript(signed place: Int) -> Int64 { Int64(bitPattern: self[place]) }
}
