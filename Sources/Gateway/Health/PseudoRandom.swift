// SPDX-License-Identifier: Apache-2.0

/// Chance that can be replayed: the same seed gives the same numbers. (SplitMix64, Steele, Lea and Flood 2014.)
///
/// For spreading load and time, not for secrets.
package struct PseudoRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// Seeded by the system, so that two gateways started together do not act in step.
    package init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: system.next())
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
