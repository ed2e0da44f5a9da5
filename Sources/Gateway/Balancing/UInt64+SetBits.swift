// SPDX-License-Identifier: Apache-2.0

extension UInt64 {
    /// The position of the set bit that has exactly `rank` set bits below it. `rank` must be less than
    /// `nonzeroBitCount`.
    ///
    /// Halves the word six times by counting bits, so that it costs the same for every rank; a word without gaps costs less.
    func positionOfSetBit(rank: Int) -> Int {
        assert(rank >= 0 && rank < nonzeroBitCount)
        // All of the lowest bits are set and no others: as in a pool of which everybody is there.
        if self & (self &+ 1) == 0 { return rank }
        var word = self
        var rank = rank
        var position = 0
        var width = 32
        while width > 0 {
            let low = word & ((1 << UInt64(width)) - 1)
            let below = low.nonzeroBitCount
            if rank < below {
                word = low
            } else {
                rank -= below
                word >>= UInt64(width)
                position += width
            }
            width /= 2
        }
        return position
    }
}
