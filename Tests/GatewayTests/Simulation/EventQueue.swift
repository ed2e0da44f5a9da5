// SPDX-License-Identifier: Apache-2.0

/// What is to happen in virtual time, the soonest first, and what is due at the same time in the order it was added.
/// Not generic, and with loops that count by hand, as all that is done for each event: unoptimised, as tests are built, the
/// general forms cost several times as much.
struct EventQueue {
    typealias Event = Simulation.Event

    private struct Entry {
        let time: UInt64
        let number: Int
        let event: Event

        func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : number < other.number
        }
    }

    private var heap: [Entry] = []
    private var added = 0

    mutating func add(_ event: Event, at time: UInt64) {
        heap.append(Entry(time: time, number: added, event: event))
        added += 1
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            swap(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func swap(_ one: Int, _ other: Int) {
        let entry = heap[one]
        heap[one] = heap[other]
        heap[other] = entry
    }

    mutating func next() -> (time: UInt64, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                var child = 2 * parent + 1
                while child <= 2 * parent + 2, child < heap.count {
                    if heap[child].isBefore(heap[least]) { least = child }
                    child += 1
                }
                if least == parent { break }
                swap(parent, least)
                parent = least
            }
        }
        return (first.time, first.event)
    }
}
