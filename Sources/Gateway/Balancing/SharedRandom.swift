// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Random numbers for all workers: SplitMix64 (Steele, Lea and Flood 2014), whose state is a mere counter and so can be
/// an atomic one. The same seed gives the same numbers in the same order.
final class SharedRandom: Sendable {
    private let state: Atomic<UInt64>

    init(seed: UInt64) {
        state = Atomic(seed)
    }

    func next() -> UInt64 {
        let step: UInt64 = 0x9E37_79B9_7F4A_7C15
        return Self.mix(state.wrappingAdd(step, ordering: .relaxed).newValue)
    }

    /// A number of `0 ..< bound`, which is not 0. Not exactly even: off by at most `bound` parts in 2⁶⁴.
    func next(below bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    /// A hash of 64 bits to 64 bits in which every bit of the one changes half of the other's.
    @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
