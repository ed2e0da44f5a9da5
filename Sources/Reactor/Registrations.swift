// SPDX-License-Identifier: Apache-2.0

/// Which handler a descriptor belongs to, what it wants, and what the kernel has been told.
///
/// A descriptor number is used again as soon as it is closed, so an event may arrive for a number that meanwhile means
/// something else. Each registration has a generation, which travels with the event and must still be right. Beside it
/// travels whether the event may wait, so that nothing has to be looked up to know.
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
        /// What has happened, while the handler waits to be told.
        var postponed: Readiness?
    }

    /// Set in the data of a descriptor whose events may wait.
    private static let mayWait: UInt64 = 1 << 63
    private static let generations: UInt32 = 0x7FFF_FFFF

    /// Indexed by descriptor.
    private var slots: [Slot] = []
    /// Descriptors whose wish has changed in this turn.
    private var changed: [Int32] = []

    /// Returns the data that the kernel is to hand back with each event.
    mutating func add(_ descriptor: Int32, _ interest: Interest, handler: any EventHandler) -> UInt64 {
        let index = Int(descriptor)
        while slots.count <= index { slots.append(Slot()) }
        slots[index].handler = handler
        slots[index].generation = (slots[index].generation &+ 1) & Registrations.generations
        slots[index].wanted = interest
        slots[index].known = interest
        return data(of: descriptor)
    }

    @discardableResult
    mutating func remove(_ descriptor: Int32) -> Bool {
        let index = Int(descriptor)
        guard index < slots.count, slots[index].handler != nil else { return false }
        slots[index].handler = nil
        slots[index].postponed = nil
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

    /// Whether what has happened to the descriptor of `data` may wait for what happened to others.
    static func isDeferrable(_ data: UInt64) -> Bool { data & mayWait != 0 }

    /// Adds to what the handler of the descriptor of `data` will be told when its turn comes.
    ///
    /// - Returns: Whether it waits for that from now on: it has not before, and the registration is not over.
    mutating func postpone(_ readiness: Readiness, of data: UInt64) -> Bool {
        let index = Int(Int32(truncatingIfNeeded: data & 0xFFFF_FFFF))
        guard slots[index].handler != nil, isCurrent(data, slots[index]) else { return false }
        let before = slots[index].postponed
        slots[index].postponed = before?.union(readiness) ?? readiness
        return before == nil
    }

    /// What was postponed for the descriptor, which then waits no more.
    mutating func takePostponed(of descriptor: Int32) -> Readiness {
        let index = Int(descriptor)
        defer { slots[index].postponed = nil }
        return slots[index].postponed ?? Readiness()
    }

    /// The handler that registered the descriptor of `data`, unless that registration is over.
    func handler(for data: UInt64) -> (Int32, any EventHandler)? {
        let descriptor = Int32(truncatingIfNeeded: data & 0xFFFF_FFFF)
        let slot = slots[Int(descriptor)]
        guard isCurrent(data, slot), let handler = slot.handler else { return nil }
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

    private func isCurrent(_ data: UInt64, _ slot: borrowing Slot) -> Bool {
        slot.generation == UInt32(data >> 32) & Registrations.generations
    }

    private func data(of descriptor: Int32) -> UInt64 {
        let slot = slots[Int(descriptor)]
        let number = UInt64(slot.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        return slot.wanted.contains(.deferrable) ? number | Registrations.mayWait : number
    }
}
