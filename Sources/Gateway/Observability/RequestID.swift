// SPDX-License-Identifier: Apache-2.0

/// The name of one request in the log, in `X-Request-Id` and in error answers: 128 bits, written as 32 hex digits.
package struct RequestID: Sendable, Hashable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 lower-case hex digits.
    package var hex: InlineArray<32, UInt8> {
        InlineArray { index in
            let half = index < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - index % 16 * 4)) & 15
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

    /// The same as a string, for what is not on the path of requests.
    package var text: String {
        let hex = hex
        return String(decoding: hex.indices.map { hex[$0] }, as: UTF8.self)
    }
}

/// Makes request ids for one thread, a few nanoseconds each.
///
/// xoshiro256** (Blackman and Vigna, 2018). Two threads seeded apart do not meet in practice. It is **not**
/// cryptographic: who has seen a few ids can compute the next, so an id must never be what grants access to anything.
package struct RequestIDGenerator: Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Seeded by the system's generator, which on Linux is getrandom(2).
    package init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: (system.next(), system.next(), system.next(), system.next()))
    }

    /// The same seed gives the same ids. A seed of zeros, which the algorithm cannot leave, is replaced.
    package init(seed: (UInt64, UInt64, UInt64, UInt64)) {
        state = seed == (0, 0, 0, 0) ? (1, 2, 3, 4) : seed
    }

    package mutating func next() -> RequestID {
        RequestID(high: nextWord(), low: nextWord())
    }

    private mutating func nextWord() -> UInt64 {
        let result = rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, by: 45)
        return result
    }

    private func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}
