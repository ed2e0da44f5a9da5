// SPDX-License-Identifier: Apache-2.0

/// Which handler a descriptor belongs to, what it wants, and what the kernel has been told.
///
/// A descriptor number is used again as soon as it is closed, so an event may arrive for a number that meanwhile means
/// something else. Each registration has a generation, which travels with the event and must still be right.
struct Registrations {
    /// What the kernel must be told.
    enum Change {
        case add(Int32, Interest, UInt64)
        case modify(Int32, Interest, UInt64)
        case remove(Int32)
    }

    private struct Slot {
        var handler: (any EventHandler)?
        var generation: UInt32 = 0
        var wanted: Interest = []
        var known: Interest = []
        var isListed = false
    }

    /// Indexed by descriptor.
    private var slots: [Slot] = []
    /// Descriptors whose wish has changed in this turn.
    private var changed: [Int32] = []

    /// Returns the data that the kernel is to hand back with each event.
    mutating func add(_ descriptor: Int32, _ interest: Interest, handler: any EventHandler) -> UInt64 {
        let index = Int(descriptor)
        while slots.count <= index { slots.append(Slot()) }
        slots[index].handler = handler
        slots[index].generation &+= 1
        slots[index].wanted = interest
        slots[index].known = interest
        return data(of: descriptor)
    }

    @discardableResult
    mutating func remove(_ descriptor: Int32) -> Bool {
        let index = Int(descriptor)
        guard index < slots.count, slots[index].handler != nil else { return false }
        slots[index].handler = nil
        slots[index].wanted = []
        slots[index].known = []
        return true
    }

    mutating func setInterest(_ interest: Interest, of descriptor: Int32) {
        let index = Int(descriptor)
        guard index < slots.count, slots[index].handler != nil, slots[index].wanted != interest else { return }
        slots[index].wanted = interest
        if !slots[index].isListed {
            slots[index].isListed = true
            changed.append(descriptor)
        }
    }

    /// The handler that registered the descriptor of `data`, unless that registration is over.
    func handler(for data: UInt64) -> (Int32, any EventHandler)? {
        let descriptor = Int32(truncatingIfNeeded: data & 0xFFFF_FFFF)
        let slot = slots[Int(descriptor)]
        guard slot.generation == UInt32(data >> 32), let handler = slot.handler else { return nil }
        return (descriptor, handler)
    }

    mutating func nextChange() -> Change? {
        while let descriptor = changed.popLast() {
            let index = Int(descriptor)
            slots[index].isListed = false
            let (wanted, known) = (slots[index].wanted, slots[index].known)
            guard slots[index].handler != nil, wanted != known else { continue }
            slots[index].known = wanted
            // Without any interest the kernel still reports hang-ups and errors, for ever: so it must not know of it.
            if wanted.isEmpty { return .remove(descriptor) }
            if known.isEmpty { return .add(descriptor, wanted, data(of: descriptor)) }
            return .modify(descriptor, wanted, data(of: descriptor))
        }
        return nil
    }

    private func data(of descriptor: Int32) -> UInt64 {
        UInt64(slots[Int(descriptor)].generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    }
}
