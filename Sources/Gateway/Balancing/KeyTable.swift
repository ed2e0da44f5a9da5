// SPDX-License-Identifier: Apache-2.0

/// Which backend a key belongs to, by rendezvous (highest random weight) hashing, worked out beforehand.
///
/// Keys fall into slots, and each slot belongs to the backend with the highest score there, drawn from slot and
/// backend, so that backends own slots in proportion to their weights. A score does not depend on the other backends:
/// without one of them only its own slots change owner, and with a new one only those that it wins.
///
/// A key whose owner is not to be had asks again under another slot, and again, always the same ones in the same order. So
/// its keys are spread over all the others in proportion, and come back with it; no other key moves.
struct KeyTable: Sendable {
    /// The index of each slot's backend. How many slots there are must never change, or all keys would move. 2¹⁶ give each
    /// of 100 equal backends its share within about 4 % (one standard deviation), each of 10 within 1.2 %.
    private let owners: [UInt16]
    private static let slots = 1 << 16
    /// After so many slots with nobody to be had it is cheaper to look at all backends.
    private static let attempts = 16

    /// What each backend's scores are drawn with.
    private let seeds: [UInt64]
    /// `nil` when all are equal.
    private let weights: [Double]?

    init(_ backends: [BackendConfiguration]) {
        precondition(backends.count <= 1 << 16)
        var taken = Set<UInt64>()
        let seeds = backends.map { backend in
            var seed = backend.identity
            // The same backend a second time is another one.
            while !taken.insert(seed).inserted { seed = SharedRandom.mix(seed &+ 1) }
            return seed
        }
        let areEqual = backends.allSatisfy { $0.weight == backends[0].weight }
        let weights = areEqual ? nil : backends.map { Double(max(1, $0.weight)) }
        self.seeds = seeds
        self.weights = weights
        owners = (0..<Self.slots).map { slot in
            var winner = 0
            var highest = -Double.infinity
            for index in seeds.indices {
                let score = Self.score(UInt64(slot), seeds[index], weights?[index])
                if score > highest {
                    winner = index
                    highest = score
                }
            }
            return UInt16(winner)
        }
    }

    /// The first of the key's backends that `accepts`, with the key's hash at that backend.
    ///
    /// - Parameters:
    ///   - key: The key's hash.
    ///   - accepts: Is given an index and a hash, and may be asked about one backend several times.
    /// - Returns: Its index, or `nil` when the first few do not.
    @inline(__always)
    func first(of key: UInt64, where accepts: (Int, UInt64) -> Bool) -> Int? {
        var hash = key
        for _ in 0..<Self.attempts {
            let index = Int(owners[Int(truncatingIfNeeded: hash) & (Self.slots - 1)])
            if accepts(index, hash) { return index }
            hash = SharedRandom.mix(hash)
        }
        return nil
    }

    /// The candidate that `accepts` and has the highest score for the key itself: whom the key belongs to where
    /// ``first(of:where:)`` found nobody.
    @inline(never)
    func best(of key: UInt64, among candidates: Candidates, where accepts: (Int) -> Bool) -> Int? {
        var winner: Int?
        var highest = -Double.infinity
        candidates.forEach { index in
            let score = Self.score(key, seeds[index], weights?[index])
            if score > highest, accepts(index) {
                winner = index
                highest = score
            }
        }
        return winner
    }

    /// `weight / -log2(u)` for a `u` between 0 and 1 that is drawn from `key` and `seed`; with it each backend has the highest
    /// score as often as its weight says (Schindelhauer and Schomaker 2005). Without a weight it is `u` itself, which
    /// puts equal backends into the same order.
    private static func score(_ key: UInt64, _ seed: UInt64, _ weight: Double?) -> Double {
        // 53 bits are what a Double holds, so equal scores are as good as impossible.
        let drawn = SharedRandom.mix(SharedRandom.mix(key &+ 0x9E37_79B9_7F4A_7C15) ^ seed) >> 11 | 1
        guard let weight else { return Double(drawn) }
        return weight / negativeLogarithm(Double(drawn) * 0x1p-53)
    }

    /// `-log2(number)` of a number between 0 and 1, to 7 digits.
    ///
    /// Made of operations whose results IEEE 754 prescribes to the last bit: those of a library may differ from machine
    /// to machine, and keys with them.
    private static func negativeLogarithm(_ number: Double) -> Double {
        let significand = number.significand
        // ln((1 + s) / (1 - s)) = 2 (s + s³/3 + s⁵/5 + …), here with s from 0 to 1/3.
        let s = (significand - 1) / (significand + 1)
        let q = s * s
        let sum = 1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13))))))
        // 2 / ln(2)
        return -(Double(number.exponent) + 2.885_390_081_777_926_8 * s * sum)
    }
}
