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

    /// `count` words; may be 0.
    init(count: Int) {
        precondition(count >= 0)
        self.count = count
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(8, count * 8), alignment: 64)
        unsafe base = memory.bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count { unsafe (base + index).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe base.deinitialize(count: count)
        unsafe UnsafeMutableRawPointer(base).deallocate()
    }

    /// For a ``WordTable``, which keeps this object for as long as it uses the pointer.
    func pointer(to index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base + index
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
