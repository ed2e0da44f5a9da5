// SPDX-License-Identifier: Apache-2.0

/// The buckets that times are counted in: four to each doubling, from a microsecond to 18 minutes, and one for what is
/// beyond. Fixed, so that any two histograms can be added, and so narrow that a percentile read from them is off by less
/// than a fifth.
///
/// A bucket holds its upper bound and not its lower one, as `le` of Prometheus says.
package enum HistogramScale {
    /// Doublings that are told apart: beyond 2³⁰ µs all times are one.
    static let octaves = 30
    /// How many there are.
    package static let buckets = 4 * (octaves - 1) + 1

    /// The bucket of so many microseconds: no search, but the place of the highest bit and the two bits behind it.
    @inline(__always)
    package static func index(of microseconds: UInt64) -> Int {
        let value = microseconds == 0 ? 0 : microseconds - 1
        if value < 4 { return Int(truncatingIfNeeded: value) }
        let exponent = 63 - value.leadingZeroBitCount
        if exponent >= octaves { return buckets - 1 }
        let fraction = Int(truncatingIfNeeded: value >> UInt64(exponent - 2)) & 3
        return 4 * (exponent - 1) + fraction
    }

    /// The longest time in the bucket, in microseconds; `nil` for the last, which has no end.
    package static func upperBound(_ index: Int) -> UInt64? {
        guard index < buckets - 1 else { return nil }
        if index < 4 { return UInt64(index) + 1 }
        let (exponent, fraction) = (index / 4 + 1, UInt64(index % 4))
        return (4 + fraction + 1) << UInt64(exponent - 2)
    }

    /// How many buckets hold times of at most 2^`exponent` µs; the bounds of histograms that are shown.
    package static func count(upToPowerOf2 exponent: Int) -> Int {
        // 2, 4 and above are upper bounds; so is 1.
        exponent < 2 ? 1 << exponent : 4 * (exponent - 1)
    }

    /// The time that a share of what is in `counts` is not above, in microseconds; `nil` where there is nothing. Within a
    /// bucket times are taken to be spread evenly.
    package static func percentile<Counts: RandomAccessCollection>(_ share: Double, of counts: Counts) -> Double?
    where Counts.Element: FixedWidthInteger, Counts.Index == Int {
        let total = counts.reduce(0) { $0 + UInt64($1) }
        guard total > 0 else { return nil }
        let rank = max(1, share * Double(total))
        var below = 0.0
        for (bucket, position) in counts.indices.enumerated() {
            let count = Double(counts[position])
            if count > 0, below + count >= rank {
                let low = bucket == 0 ? 0 : Double(upperBound(bucket - 1) ?? 0)
                let high = upperBound(bucket).map { Double($0) } ?? low
                return low + (high - low) * (rank - below) / count
            }
            below += count
        }
        return upperBound(buckets - 2).map { Double($0) }
    }
}
