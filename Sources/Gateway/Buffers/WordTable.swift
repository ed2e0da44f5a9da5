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

    /// The words at these places, in this order.
    init(_ places: [(words: AtomicWords, index: Int)]) {
        count = places.count
        owners = places.map(\.words)
        unsafe words = .allocate(capacity: max(1, places.count))
        for (index, place) in places.enumerated() {
            unsafe (words + index).initialize(to: place.words.pointer(to: place.index))
        }
    }

    deinit { unsafe words.deallocate() }

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
