// SPDX-License-Identifier: Apache-2.0

internal import Reactor
internal import Synchronization

/// The requests of one pool that wait for a backend with room, as all workers see them: how many they are, and whose turn it
/// is. Each worker keeps its own in a ``WaitingRoom``.
package final class RequestQueue: Sendable {
    /// One worker's side of it.
    final class Door: Sendable {
        /// Woken when there may be a place for the first of those who wait there.
        let wakeup: Wakeup
        /// Since when that one waits, in nanoseconds of the monotonic clock; `UInt64.max` while there is none. Tells of no
        /// other memory, so every access is relaxed.
        let oldest = Atomic<UInt64>(.max)

        init() throws(SystemError) {
            wakeup = try Wakeup()
        }
    }

    // What the configuration says; it may change, so these are atomic.
    private let longest: Atomic<UInt64>
    private let size: Atomic<Int>
    private let count = Atomic<Int>(0)
    private let doors = Locked<[Door]>([])

    /// `nil` where no request ever waits, since each backend may have any number.
    package init?(_ pool: PoolConfiguration) {
        guard pool.backends.contains(where: { $0.maxConnections != nil }) else { return nil }
        longest = Atomic(pool.queue.timeout.wholeNanoseconds)
        size = Atomic(pool.queue.size)
    }

    /// How long a request may wait, in nanoseconds.
    var timeout: UInt64 { longest.load(ordering: .relaxed) }

    /// From now on so many may wait so long. Those that wait keep their time.
    func change(to queue: QueueConfiguration) {
        longest.store(queue.timeout.wholeNanoseconds, ordering: .relaxed)
        size.store(queue.size, ordering: .relaxed)
    }

    /// How many wait.
    var length: Int { count.load(ordering: .relaxed) }

    /// Nobody waits. Whoever has just freed a place learns here of each request that has not seen it free.
    package var isEmpty: Bool {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return count.load(ordering: .relaxed) == 0
    }

    /// Counts a request in, if there is room. Every success is followed by one call of ``leave()``.
    ///
    /// Whoever is in looks for a place once more: one that was freed before this call was freed for nobody.
    package func enter() -> Bool {
        let isIn = count.add(1, ordering: .relaxed).newValue <= size.load(ordering: .relaxed)
        if !isIn { count.subtract(1, ordering: .relaxed) }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return isIn
    }

    /// A request waits no more.
    package func leave() {
        let (before, _) = count.subtract(1, ordering: .relaxed)
        assert(before > 0, "a request left that never entered")
    }

    func open(_ door: Door) {
        doors.withLock { $0.append(door) }
    }

    func close(_ door: Door) {
        doors.withLock { doors in doors.removeAll { $0 === door } }
    }

    /// Where the request waits whose turn it is; `nil` where none waits.
    var next: Door? {
        doors.withLock { doors in
            var found: Door?
            var oldest = UInt64.max
            for door in doors {
                let since = door.oldest.load(ordering: .relaxed)
                if since < oldest {
                    oldest = since
                    found = door
                }
            }
            return found
        }
    }
}
