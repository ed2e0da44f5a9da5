// SPDX-License-Identifier: Apache-2.0

/// What was found out of credentials lately, so that not every request pays for the hash.
///
/// It knows credentials by a keyed hash alone: who reads it learns no password. Pure: the time is passed in.
struct VerdictCache {
    private let capacity: Int
    /// Nanoseconds.
    private let life: UInt64
    /// Until when each of them holds.
    private var ends: [SipHash.Tag: UInt64] = [:]

    init(capacity: Int, life: UInt64) {
        self.capacity = capacity
        self.life = life
        ends.reserveCapacity(capacity)
    }

    var count: Int { ends.count }

    /// Whether the verdict on `tag` is known at `now`.
    func contains(_ tag: SipHash.Tag, at now: UInt64) -> Bool {
        guard let end = ends[tag] else { return false }
        return now < end
    }

    /// Keeps the verdict on `tag` for the life of an entry. When it is full, the oldest goes.
    mutating func insert(_ tag: SipHash.Tag, at now: UInt64) {
        if ends.count >= capacity, ends[tag] == nil {
            ends = ends.filter { now < $0.value }
            if ends.count >= capacity, let oldest = ends.min(by: { $0.value < $1.value }) { ends[oldest.key] = nil }
        }
        let (end, overflow) = now.addingReportingOverflow(life)
        ends[tag] = overflow ? .max : end
    }
}
