// SPDX-License-Identifier: Apache-2.0

/// Is told when one of its timers has gone off.
package protocol TimerHandler: AnyObject {
    /// `timer` is what ``EventLoop/makeTimer(_:)`` returned; it is cleared and may be set again.
    func timerFired(_ timer: TimerID, at now: MonotonicTime)
}

/// Names one timer of one loop.
package struct TimerID: Hashable, Sendable {
    let slot: Int32

    /// Names no timer: for an owner that is not complete yet.
    package static let none = TimerID(slot: -1)
}

/// The deadlines of a loop: a binary heap that is lazy about deadlines which move away.
///
/// A server moves deadlines far more often than it meets them: each request pushes its connection's idle timeout
/// further out. So moving a deadline later, or clearing it, only notes the new time (no heap work); the entry is put
/// right when its old time comes up. A pure structure: time is passed in.
struct Timers {
    private struct Slot {
        /// When the owner wants to be told; `distantFuture` when cleared.
        var deadline: MonotonicTime
        /// The key under which the slot stands in the heap: never later than `deadline`.
        var key: MonotonicTime
        /// Position in the heap, -1 when the slot is not in it.
        var position: Int32
        var handler: (any TimerHandler)?
    }

    private var slots: [Slot] = []
    private var heap: [Int32] = []
    private var free: [Int32] = []

    mutating func make(_ handler: any TimerHandler) -> TimerID {
        let slot = Slot(deadline: .distantFuture, key: .distantFuture, position: -1, handler: handler)
        if let index = free.popLast() {
            slots[Int(index)] = slot
            return TimerID(slot: index)
        }
        slots.append(slot)
        return TimerID(slot: Int32(slots.count - 1))
    }

    /// Forgets a timer; its id may be given out again.
    mutating func release(_ timer: TimerID) {
        let index = Int(timer.slot)
        if slots[index].position >= 0 { removeFromHeap(at: Int(slots[index].position)) }
        slots[index].handler = nil
        free.append(timer.slot)
    }

    mutating func set(_ timer: TimerID, to deadline: MonotonicTime) {
        let index = Int(timer.slot)
        slots[index].deadline = deadline
        if slots[index].position < 0 {
            guard deadline != .distantFuture else { return }
            slots[index].key = deadline
            slots[index].position = Int32(heap.count)
            heap.append(timer.slot)
            siftUp(heap.count - 1)
        } else if deadline < slots[index].key {
            slots[index].key = deadline
            siftUp(Int(slots[index].position))
        }
    }

    mutating func clear(_ timer: TimerID) {
        slots[Int(timer.slot)].deadline = .distantFuture
    }

    /// When the loop must wake up next. May be too early, never too late.
    var next: MonotonicTime? {
        heap.isEmpty ? nil : slots[Int(heap[0])].key
    }

    /// A timer whose time has come by `now`, with its handler; `nil` when there is no more. The timer is cleared.
    mutating func popExpired(_ now: MonotonicTime) -> (TimerID, any TimerHandler)? {
        while let first = heap.first, slots[Int(first)].key <= now {
            let index = Int(first)
            let deadline = slots[index].deadline
            if deadline == .distantFuture {
                removeFromHeap(at: 0)
            } else if deadline > now {
                slots[index].key = deadline
                siftDown(0)
            } else {
                removeFromHeap(at: 0)
                slots[index].deadline = .distantFuture
                if let handler = slots[index].handler { return (TimerID(slot: first), handler) }
            }
        }
        return nil
    }

    // MARK: The heap

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        slots[Int(heap[left])].key < slots[Int(heap[right])].key
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        slots[Int(heap[left])].position = Int32(left)
        slots[Int(heap[right])].position = Int32(right)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0, isBefore(child, (child - 1) / 2) {
            swap(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in (2 * parent + 1)...(2 * parent + 2) where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == parent { return }
            swap(parent, least)
            parent = least
        }
    }

    private mutating func removeFromHeap(at position: Int) {
        let last = heap.count - 1
        if position != last { swap(position, last) }
        slots[Int(heap.removeLast())].position = -1
        if position < heap.count {
            siftDown(position)
            siftUp(position)
        }
    }
}
