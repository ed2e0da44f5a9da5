// SPDX-License-Identifier: Apache-2.0

/// Puts a body into the chunked coding (RFC 9112 §7.1) in the buffer that it is sent from: each piece becomes a chunk where
/// it lies, and what finds no room is kept until there is some.
struct ChunkedEncoder {
    /// A smaller buffer has no room for a chunk: a digit, two line ends and a byte.
    static let leastRoom = 6

    /// Framed bytes that are still to be given out.
    private var waiting: [UInt8] = []
    private var given = 0
    /// The end of the body is among what was given out or waits.
    private(set) var hasEnded = false

    /// There are framed bytes that must be given out first.
    var isWaiting: Bool { given < waiting.count }

    /// Everything was given out.
    var isDone: Bool { hasEnded && !isWaiting }

    mutating func reset() {
        self = ChunkedEncoder()
    }

    /// Where in a buffer of `count` bytes, at least ``leastRoom``, a piece of the body is to be put, so that the size fits
    /// before it and the line end behind it.
    static func place(in count: Int) -> Range<Int> {
        digits(of: count) + 2..<count - 2
    }

    /// Where a piece of `length` bytes must lie for ``frame(_:length:)``: right behind its size. For a piece that leaves
    /// much of the buffer empty that is before the place that was allowed for.
    static func start(of length: Int) -> Int {
        digits(of: length) + 2
    }

    /// Makes a chunk of the `length` bytes, at least 1, that begin at ``start(of:)``. The chunk begins at the buffer's
    /// start.
    ///
    /// - Returns: How many bytes the chunk has.
    static func frame(_ buffer: inout MutableSpan<UInt8>, length: Int) -> Int {
        let digits = digits(of: length)
        for index in 0..<digits {
            let digit = UInt8(truncatingIfNeeded: length >> (4 * (digits - 1 - index))) & 0xF
            buffer[index] = digit < 10 ? digit + 0x30 : digit + 0x57
        }
        endLine(&buffer, at: digits)
        endLine(&buffer, at: digits + 2 + length)
        return digits + 2 + length + 2
    }

    /// The body is over; `end` is what says so.
    mutating func end(with end: [UInt8]) {
        hasEnded = true
        keep(end)
    }

    /// Keeps framed bytes until there is room for them, ahead of those that wait already.
    mutating func keep(_ bytes: [UInt8]) {
        waiting = isWaiting ? bytes + waiting[given...] : bytes
        given = 0
    }

    /// Gives out what waits, as much as there is room for.
    mutating func give(_ output: inout OutputSpan<UInt8>) {
        let count = min(output.freeCapacity, waiting.count - given)
        for index in given..<given + count { output.append(waiting[index]) }
        given += count
    }

    private static func digits(of number: Int) -> Int {
        max(1, (Int.bitWidth - number.leadingZeroBitCount + 3) / 4)
    }

    private static func endLine(_ buffer: inout MutableSpan<UInt8>, at index: Int) {
        buffer[index] = ASCII.carriageReturn
        buffer[index + 1] = ASCII.lineFeed
    }
}
