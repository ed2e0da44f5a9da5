// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A byte ring between one thread that writes records and the log thread that reads them.
///
/// Exactly one thread at a time calls ``write(_:)`` and exactly one calls ``consume(upTo:_:)``. A record is taken whole
/// or not at all, so what the reader sees always begins and ends between two records. Neither side ever waits for the
/// other.
///
/// The unchecked `Sendable` holds because the only state that is not atomic, the bytes, is split in two by the
/// positions: the writer touches only [tail, head + capacity), the reader only [head, tail), and each hands bytes over
/// with a releasing store that the other side reads with an acquiring load.
@safe  // The pointer is private, lives exactly as long as the object, and each use of it is inside [0, capacity).
package final class LogRing: @unchecked Sendable {
    /// Bytes the ring holds; a power of two.
    package let capacity: Int
    private let storage: UnsafeMutablePointer<UInt8>
    /// Bytes ever written. Stored by the writer only. It grows without end; `& (capacity - 1)` is the place in memory.
    private let tail = Atomic<Int>(0)
    /// Bytes ever read. Stored by the reader only.
    private let head = Atomic<Int>(0)
    private let drops = Atomic<Int>(0)

    /// A ring of `capacity` bytes, 1 MiB by default: at 400 bytes a record, some 2,600 records.
    package init(capacity: Int = 1 << 20) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "the capacity of a ring is a power of two")
        self.capacity = capacity
        unsafe storage = .allocate(capacity: capacity)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// Records that found no room, ever.
    package var dropped: Int { drops.load(ordering: .relaxed) }

    /// Bytes written and not read yet. Exact for neither side while the other works, and good enough for both.
    package var used: Int { tail.load(ordering: .relaxed) - head.load(ordering: .relaxed) }

    // MARK: The writer's side

    /// Takes a whole record, or counts it as dropped and returns false when there is no room.
    @discardableResult
    package func write(_ record: Span<UInt8>) -> Bool {
        let end = tail.load(ordering: .relaxed)
        // Acquiring: the reader has finished with the bytes before `head`, so they may be overwritten.
        let free = capacity - (end - head.load(ordering: .acquiring))
        guard record.count <= free else {
            drop()
            return false
        }
        let offset = end & (capacity - 1)
        let first = min(record.count, capacity - offset)
        // In bounds: `first` stops at the end of the memory, the rest is at most `free` bytes from its start.
        unsafe record.withUnsafeBufferPointer { source in
            guard let from = source.baseAddress else { return }
            unsafe (storage + offset).update(from: from, count: first)
            if first < source.count { unsafe storage.update(from: from + first, count: source.count - first) }
        }
        // Releasing: a reader that sees the new tail sees the bytes before it.
        tail.store(end + record.count, ordering: .releasing)
        return true
    }

    /// Counts a record that the writer could not even build.
    package func drop() {
        drops.wrappingAdd(1, ordering: .relaxed)
    }

    // MARK: The reader's side

    /// Where the written bytes end now: always the end of a record.
    package var end: Int { tail.load(ordering: .acquiring) }

    /// Hands `body` the next unread bytes before `end`, as many as lie in one piece, and forgets as many as it returns.
    ///
    /// `end` is a value of ``end``: reading up to it leaves off at the end of a record, however far the writer has gone
    /// on meanwhile.
    ///
    /// - Returns: Whether bytes before `end` are left.
    package func consume(upTo end: Int, _ body: (Span<UInt8>) -> Int) -> Bool {
        let start = head.load(ordering: .relaxed)
        guard start < end else { return false }
        let offset = start & (capacity - 1)
        let count = min(end - start, capacity - offset)
        // In bounds by `count`; the writer leaves these bytes alone until `head` has moved past them.
        let taken = body(unsafe Span(_unsafeStart: storage + offset, count: count))
        precondition(taken >= 0 && taken <= count)
        // Releasing: the reads of `body` are over before the writer learns that it may overwrite the bytes.
        head.store(start + taken, ordering: .releasing)
        return start + taken < end
    }
}
