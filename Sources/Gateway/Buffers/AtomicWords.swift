// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A fixed number of atomic words side by side, all 0 at first.
///
/// Side by side, so that who looks at all of them touches few cache lines: an array of objects with an atomic each would
/// cost a cache line and a reference count for every one. No word says anything about other memory, so every access is
/// relaxed.
@safe
final class AtomicWords: @unchecked Sendable {
    // Sendable because the memory is only reached through atomics, and the pointer never changes.
    private let base: UnsafeMutablePointer<Atomic<UInt64>>
    let count: Int

    /// Of which there is memory: whole rows, and one at least.
    private var capacity: Int { max(1, (count + 63) / 64) * 64 }

    /// `count` words; may be 0.
    init(count: Int) {
        precondition(count >= 0)
        self.count = count
        let capacity = max(1, (count + 63) / 64) * 64
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity * 8, alignment: 64)
        unsafe base = memory.bindMemory(to: Atomic<UInt64>.self, capacity: capacity)
        for index in 0..<capacity { unsafe (base + index).initialize(to: Atomic(0)) }
    }

    convenience init(_ words: [UInt64]) {
        self.init(count: words.count)
        for (index, word) in words.enumerated() { self[index] = word }
    }

    deinit {
        unsafe base.deinitialize(count: capacity)
        unsafe UnsafeMutableRawPointer(base).deallocate()
    }

    /// For a ``WordTable``, which keeps this object for as long as it uses the pointer.
    func pointer(to index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base + index
    }

    /// The words `64 * position ..< 64 * (position + 1)`, for those who look at all of them: nothing is checked for each, and
    /// no reference is counted. Whoever takes a row holds the words for longer than that.
    @inline(__always)
    func row(_ position: Int) -> AtomicRow {
        precondition(UInt(bitPattern: position) < UInt(bitPattern: capacity) / 64)
        return unsafe AtomicRow(base: base + 64 &* position)
    }

    subscript(index: Int) -> UInt64 {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe base[index].load(ordering: .relaxed)
        }
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            unsafe base[index].store(newValue, ordering: .relaxed)
        }
    }

    /// A word that is known to be less than 2⁶³. The processor turns such a number into a floating-point one in one
    /// instruction, and any other in seven.
    subscript(signed index: Int) -> Int64 { Int64(bitPattern: self[index]) }

    /// Adds one and gives the word as it was before.
    @discardableResult
    func increment(_ index: Int) -> UInt64 {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base[index].wrappingAdd(1, ordering: .relaxed).oldValue
    }

    /// Takes one away and gives the word as it was before.
    @discardableResult
    func decrement(_ index: Int) -> UInt64 {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base[index].wrappingSubtract(1, ordering: .relaxed).oldValue
    }

    /// Puts `new` in the place of `expected`.
    ///
    /// - Returns: Whether `expected` was there; otherwise nothing has changed.
    func exchange(_ index: Int, _ expected: UInt64, for new: UInt64) -> Bool {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base[index].compareExchange(expected: expected, desired: new, ordering: .relaxed).exchanged
    }
}

/// 64 words of an ``AtomicWords``.
@safe
struct AtomicRow {
    // Valid as long as the words are, which whoever has made this holds.
    private let base: UnsafeMutablePointer<Atomic<UInt64>>

    fileprivate init(base: UnsafeMutablePointer<Atomic<UInt64>>) {
        unsafe self.base = unsafe base
    }

    /// The word at `place`, from 0 to 63; of any other number the lowest six bits count.
    @inline(__always)
    subscript(place: Int) -> UInt64 {
        unsafe base[place & 63].load(ordering: .relaxed)
    }

    /// See ``AtomicWords/subscript(signed:)``.
    @inline(__always)
    subscript(signed place: Int) -> Int64 { Int64(bitPattern: self[place]) }
}
