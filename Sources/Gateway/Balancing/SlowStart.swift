// SPDX-License-Identifier: Apache-2.0

/// How far backends that have come back have got: each begins with a tenth of its share and has the whole after a time.
///
/// The time runs from the first request that is placed while the backend is back, not from the ping that brought it
/// back: a pool that nobody asks for anything warms nothing up. At the start of the process nobody has come back, so all
/// have their full share.
final class SlowStart: Sendable {
    /// What a backend with its whole share has.
    static let full: UInt64 = 256
    /// What it begins with: a tenth.
    static let least: UInt64 = 26

    /// By index: when the backend's time began to run, or one of the two below.
    private let beginnings: WordTable
    private let duration: UInt64

    private static let isOver: UInt64 = 0
    private static let hasNotBegun: UInt64 = 1

    /// - Parameters:
    ///   - duration: In nanoseconds.
    ///   - beginnings: One word for each backend.
    init(duration: UInt64, _ beginnings: WordTable) {
        self.duration = max(1, duration)
        self.beginnings = beginnings
    }

    /// The backend at `index` is about to become available again.
    func cameBack(_ index: Int) {
        beginnings[index] = Self.hasNotBegun
    }

    /// What the backend at `index` has of its share at `time`, in nanoseconds: from ``least`` to ``full``.
    @inline(__always)
    func progress(of index: Int, at time: UInt64) -> UInt64 {
        let beginning = beginnings[index]
        return beginning == Self.isOver ? Self.full : progress(of: index, since: beginning, at: time)
    }

    @inline(never)
    private func progress(of index: Int, since beginning: UInt64, at time: UInt64) -> UInt64 {
        if beginning == Self.hasNotBegun {
            // Whoever is first to see it sets the clock; what another has set a moment ago is as good.
            _ = beginnings.exchange(index, Self.hasNotBegun, for: max(time, Self.hasNotBegun + 1))
            return Self.least
        }
        // Another worker's clock may have been read later than this one.
        let since = time > beginning ? time - beginning : 0
        guard since < duration else {
            _ = beginnings.exchange(index, beginning, for: Self.isOver)
            return Self.full
        }
        return Self.least + UInt64(Double(Self.full - Self.least) * (Double(since) / Double(duration)))
    }
}
