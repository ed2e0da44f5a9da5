// SPDX-License-Identifier: Apache-2.0

/// What a backend has to do, to be compared with what another has: who has the least is picked.
protocol PickLoad: Comparable {
    /// More than anybody has.
    static var most: Self { get }
}

/// The loads of 64 backends side by side, so that looking at all of them costs little for each.
protocol LoadRow {
    associatedtype Load: PickLoad

    /// Of the backend at `place`, from 0 to 63.
    subscript(place: Int) -> Load { get }
}

/// What the backends of a row have beside the others; see ``BackendPool/share(of:at:)``.
protocol ShareRow {
    subscript(place: Int) -> UInt64 { get }
}

extension UInt64: PickLoad {
    static var most: UInt64 { .max }
}

extension Float: PickLoad {
    static var most: Float { .infinity }
}

/// Requests beside the share of the backend that has them.
struct RelativeLoad: PickLoad {
    let work: UInt64
    /// Over 0.
    let share: UInt64

    static var most: RelativeLoad { RelativeLoad(work: 1, share: 0) }

    /// Without the divisions, and exact: ties are ties. Shares are below 2¹⁸ and requests few, so nothing overflows.
    @inline(__always)
    static func < (left: RelativeLoad, right: RelativeLoad) -> Bool {
        left.work &* right.share < right.work &* left.share
    }

    @inline(__always)
    static func == (left: RelativeLoad, right: RelativeLoad) -> Bool {
        left.work &* right.share == right.work &* left.share
    }
}

/// Nobody has anything to do: whose turn it is decides.
struct NoLoadRow: LoadRow {
    struct Load: PickLoad {
        static var most: Load { Load() }
        static func < (left: Load, right: Load) -> Bool { false }
    }

    @inline(__always)
    subscript(place: Int) -> Load { Load() }
}

/// Shares that are the same at all times.
struct LastingShareRow: ShareRow {
    let shares: AtomicRow

    @inline(__always)
    subscript(place: Int) -> UInt64 { shares[place] }
}

/// Shares of which some grow.
struct GrowingShareRow: ShareRow {
    let pool: BackendPool
    let position: Int
    let time: UInt64

    @inline(__always)
    subscript(place: Int) -> UInt64 { pool.share(of: 64 &* position &+ place, at: time) }
}
