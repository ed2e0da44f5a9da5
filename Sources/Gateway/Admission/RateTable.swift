// SPDX-License-Identifier: Apache-2.0

/// What has come of whom lately: a theoretical arrival (see ``GCRA``) for each key, exact over all workers, in bounded memory.
///
/// It holds at most 65,536 keys in 1 MiB, and a place is 16 bytes: the key's hash and the time. A key whose time has passed
/// stands where one does that was never seen, so its place is free without anybody clearing it. Beginning with 8 KiB, a
/// part of the table grows while all places that a key could take are in use.
///
/// **When it is full** a new key takes, among the eight places that it may have, the one whose time is nearest: that of the
/// key with the least to forget. Whoever can make up keys without end, such as IPv6 networks or values of a header field, could
/// otherwise have an active client's count forgotten, his own included. Here such a key has come once and stands one
/// interval in the future; a client that has used up more of its burst is behind eight of those and is not touched. To
/// move out a client that has made *n* requests, each of some 65,536 keys must make as many within the same time, which
/// is 65,536 times what the limit lets one client do; and what that buys is one fresh burst. Which keys share places
/// depends on a secret of the process, so nobody can aim. The newcomer itself is always let in and noted: the table errs
/// towards letting in, never towards turning away somebody who has not used up his own limit.
final class RateTable: Sendable {
    private static let shardCount = 64

    private let rule: GCRA
    /// Each key belongs to one of them, so that workers seldom wait for one another.
    private let shards: [Locked<RateShard>]

    /// - Parameters:
    ///   - rule: The limit for each key.
    ///   - capacity: How many keys it holds at most, as a power of two; 512 is the least.
    init(_ rule: GCRA, capacity: Int = 65_536) {
        self.rule = rule
        let perShard = max(RateShard.ways, capacity / RateTable.shardCount)
        shards = (0..<RateTable.shardCount).map { _ in Locked(RateShard(maximum: perShard)) }
    }

    /// Decides on one more request of `key` at `now`, in nanoseconds. The key is a hash with a secret key, the same for what is
    /// counted together.
    func take(_ key: UInt64, at now: UInt64) -> GCRA.Decision {
        shards[Int(key >> 58)].withLock { $0.take(key, at: now, by: rule) }
    }

    /// What ``take(_:at:)`` would decide, without counting anything.
    func foresee(_ key: UInt64, at now: UInt64) -> GCRA.Decision {
        shards[Int(key >> 58)].withLock { $0.foresee(key, at: now, by: rule) }
    }

    /// How many requests it has decided on.
    var counts: Counts {
        shards.reduce(Counts()) { sum, shard in sum + shard.withLock { $0.counts } }
    }

    /// How many requests a limit has decided on, and how many of them were too many.
    struct Counts: Sendable, Equatable {
        var decided: UInt64 = 0
        var exceeded: UInt64 = 0

        static func + (one: Counts, other: Counts) -> Counts {
            Counts(decided: one.decided &+ other.decided, exceeded: one.exceeded &+ other.exceeded)
        }
    }

    /// Places that there are, free ones included; for tests.
    var placeCount: Int {
        shards.reduce(0) { sum, shard in sum + shard.withLock { $0.placeCount } }
    }
}

/// One part of a ``RateTable``.
struct RateShard: Sendable {
    /// How many places a key may have.
    static let ways = 8

    private struct Place {
        var key: UInt64 = 0
        /// The theoretical arrival; free when it has passed.
        var arrival: UInt64 = 0
    }

    /// Groups of ``ways``, their number a power of two.
    private var places = [Place](repeating: Place(), count: ways)
    private let maximum: Int
    /// Kept here, where whoever decides holds the lock already.
    private(set) var counts = RateTable.Counts()

    init(maximum: Int) {
        self.maximum = maximum
    }

    var placeCount: Int { places.count }

    mutating func take(_ key: UInt64, at now: UInt64, by rule: GCRA) -> GCRA.Decision {
        let index = place(of: key, at: now)
        let arrival = places[index].key == key ? places[index].arrival : 0
        let decision = rule.decide(arrival, at: now)
        counts.decided &+= 1
        if !decision.isAllowed { counts.exceeded &+= 1 }
        places[index] = Place(key: key, arrival: decision.arrival)
        return decision
    }

    func foresee(_ key: UInt64, at now: UInt64, by rule: GCRA) -> GCRA.Decision {
        let first = start(of: key)
        let index = (first..<first + RateShard.ways).first { places[$0].key == key }
        return rule.decide(index.map { places[$0].arrival } ?? 0, at: now)
    }

    /// Where `key` is, or else where it may go.
    private mutating func place(of key: UInt64, at now: UInt64) -> Int {
        while true {
            let first = start(of: key)
            var best = first
            for index in first..<first + RateShard.ways {
                if places[index].key == key { return index }
                if places[index].arrival < places[best].arrival { best = index }
            }
            if places[best].arrival <= now || places.count >= maximum { return best }
            grow()
        }
    }

    private func start(of key: UInt64) -> Int {
        Int(truncatingIfNeeded: key) & (places.count - 1) & ~(RateShard.ways - 1)
    }

    /// Doubles the places. Each group becomes two, so all that it held has room.
    private mutating func grow() {
        let old = places
        places = [Place](repeating: Place(), count: old.count * 2)
        for place in old where place.arrival > 0 {
            var index = start(of: place.key)
            while places[index].arrival > 0 { index += 1 }
            places[index] = place
        }
    }
}
