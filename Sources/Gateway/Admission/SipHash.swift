// SPDX-License-Identifier: Apache-2.0

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012): a keyed hash that nobody can foresee who does not have
/// the key, quick on a few bytes.
///
/// Here it makes keys of tables out of what clients choose. The standard library's `Hasher` is not meant to stand for
/// what it has hashed, and can be made predictable by a variable of the environment.
struct SipHash: Sendable {
    /// What was hashed, for all practical purposes: two things with the same tag are not met.
    struct Tag: Hashable, Sendable {
        let high: UInt64
        let low: UInt64
    }

    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    /// Bytes that do not make a word yet, the first in the lowest place.
    private var tail: UInt64 = 0
    private var count: UInt64 = 0

    /// Begins a hash with this key.
    init(key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736f_6d65_7073_6575
        v1 = key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.0 ^ 0x6c79_6765_6e65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    /// Begins a hash with a key of its own, from the system's generator. Copies have the same key.
    static func random() -> SipHash {
        var system = SystemRandomNumberGenerator()
        return SipHash(key: (system.next(), system.next()))
    }

    mutating func append(_ byte: UInt8) {
        tail |= UInt64(byte) << (count % 8 * 8)
        count += 1
        if count % 8 == 0 {
            compress(tail)
            tail = 0
        }
    }

    mutating func append(_ bytes: Span<UInt8>) {
        for index in 0..<bytes.count { append(bytes[index]) }
    }

    /// The same as the eight bytes of `word`, the lowest first, where nothing but words has come before.
    mutating func append(word: UInt64) {
        precondition(count % 8 == 0)
        compress(word)
        count += 8
    }

    /// The hash of all that was appended.
    consuming func finish() -> Tag {
        compress(tail | (count & 0xFF) << 56)
        v2 ^= 0xee
        rounds(4)
        let first = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        rounds(4)
        return Tag(high: v0 ^ v1 ^ v2 ^ v3, low: first)
    }

    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        rounds(2)
        v0 ^= word
    }

    @inline(__always)
    private mutating func rounds(_ count: Int) {
        for _ in 0..<count {
            v0 &+= v1
            v1 = rotate(v1, 13) ^ v0
            v0 = rotate(v0, 32)
            v2 &+= v3
            v3 = rotate(v3, 16) ^ v2
            v0 &+= v3
            v3 = rotate(v3, 21) ^ v0
            v2 &+= v1
            v1 = rotate(v1, 17) ^ v2
            v2 = rotate(v2, 32)
        }
    }

    @inline(__always)
    private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value &<< count | value &>> (64 &- count)
    }
}
