// SPDX-License-Identifier: Apache-2.0

/// A hash of bytes that is known for every beginning of them in turn (FNV-1a, 64 bits).
///
/// It need not resist anybody: what is in an index comes from the configuration, and a client that looks for words which
/// meet there finds a few at most.
struct ByteHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    /// The hash of what was added, in one of many spaces that share an index.
    @inline(__always)
    func value(in space: Int) -> UInt64 {
        let mixed = (state &+ UInt64(truncatingIfNeeded: space)) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ (mixed &>> 32)
    }
}

/// Finds a number by bytes and a space that they stand in: a hash table with open addressing that is filled once.
struct ByteIndex: Sendable {
    private struct Slot {
        var hash: UInt64 = 0
        var start: Int32 = 0
        var length: Int32 = 0
        var space: Int32 = 0
        /// -1: the slot is empty.
        var value: Int32 = -1
    }

    private var slots = [Slot()]
    private var mask: UInt64 = 0
    private var count = 0
    /// All keys, one after another.
    private var text: [UInt8] = []

    /// Puts in `value`, whose key must not be there yet. `hash` is that of `key` in whatever order callers hash it.
    mutating func insert(_ key: [UInt8], hash: UInt64, space: Int, value: Int) {
        if (count + 1) * 2 > slots.count { grow() }
        count += 1
        let start = text.count
        text.append(contentsOf: key)
        put(
            Slot(
                hash: hash,
                start: Int32(start),
                length: Int32(key.count),
                space: Int32(space),
                value: Int32(value)
            )
        )
    }

    private mutating func put(_ slot: Slot) {
        var place = slot.hash & mask
        while slots[Int(place)].value >= 0 { place = (place &+ 1) & mask }
        slots[Int(place)] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: max(8, old.count * 2))
        mask = UInt64(slots.count - 1)
        for slot in old where slot.value >= 0 { put(slot) }
    }

    /// The number for the key with this hash in `space` for which `matches` says that it is the one.
    @inline(__always)
    func find(_ hash: UInt64, space: Int, where matches: (Span<UInt8>) -> Bool) -> Int? {
        var place = hash & mask
        while true {
            let slot = slots[Int(place)]
            if slot.value < 0 { return nil }
            if slot.hash == hash, Int(slot.space) == space,
                matches(text.span.extracting(Int(slot.start)..<Int(slot.start &+ slot.length)))
            {
                return Int(slot.value)
            }
            place = (place &+ 1) & mask
        }
    }
}

extension Span<UInt8> {
    /// Whether both hold the same bytes.
    @inline(__always)
    func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }
}
