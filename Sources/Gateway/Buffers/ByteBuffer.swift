// SPDX-License-Identifier: Apache-2.0

/// A block of bytes with a filled part, `start ..< end`: filled at its end, consumed at its start.
///
/// It owns its memory and never shares it; pointers into it are handed out only for the time of a call, or to libcurl
/// for the time of a transfer, during which the owner neither grows nor compacts it.
@safe
final class ByteBuffer {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    /// The first byte that is not consumed.
    var start = 0
    /// One behind the last byte that is filled.
    private(set) var end = 0

    init(capacity: Int) {
        unsafe base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { unsafe base.deallocate() }

    /// How many bytes are filled and not consumed.
    var count: Int { end - start }
    var isEmpty: Bool { start == end }
    /// How many bytes fit behind the filled part.
    var room: Int { capacity - end }

    func removeAll() {
        start = 0
        end = 0
    }

    /// Empties it, and goes back to `usual` bytes if it was grown beyond `most`.
    func trim(to most: Int, keeping usual: Int) {
        guard capacity > most else { return }
        removeAll()
        unsafe base.deallocate()
        unsafe base = .allocate(capacity: usual)
        capacity = usual
    }

    /// Marks bytes at the start as done with.
    func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        start += count
    }

    /// Marks bytes behind the end as filled, after someone wrote them there.
    func filled(_ count: Int) {
        precondition(count >= 0 && count <= room)
        end += count
    }

    /// Moves the bytes that are not consumed to `position`, which lies before them.
    func compact(to position: Int = 0) {
        guard start > position else { return }
        let count = self.count
        unsafe (base + position).update(from: base + start, count: count)
        start = position
        end = position + count
    }

    /// Takes filled bytes out; those behind them move up.
    func remove(_ range: Range<Int>) {
        precondition(range.lowerBound >= start && range.upperBound <= end)
        unsafe (base + range.lowerBound).update(from: base + range.upperBound, count: end - range.upperBound)
        end -= range.count
    }

    /// Makes room for `count` more bytes behind the end. Moves the memory if need be.
    @inline(__always)
    func reserve(_ count: Int) {
        if room < count { grow(by: count) }
    }

    @inline(never)
    private func grow(by count: Int) {
        let larger = max(capacity * 2, end + count)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe moved.update(from: base, count: end)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = larger
    }

    subscript(index: Int) -> UInt8 {
        get {
            precondition(index >= 0 && index < end)
            return unsafe base[index]
        }
        set {
            precondition(index >= 0 && index < end)
            unsafe base[index] = newValue
        }
    }

    // MARK: Appending. Each makes room as it needs.

    func append(_ bytes: Span<UInt8>) {
        reserve(bytes.count)
        unsafe bytes.withUnsafeBufferPointer {
            if let source = $0.baseAddress { unsafe (base + end).update(from: source, count: $0.count) }
        }
        end += bytes.count
    }

    func append(_ bytes: [UInt8]) { append(bytes.span) }

    /// Inlined, since the compiler then knows the text: some moves in place of two calls.
    @inline(__always)
    func append(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        reserve(count)
        unsafe (base + end).update(from: text.utf8Start, count: count)
        end += count
    }

    func append(_ byte: UInt8) {
        reserve(1)
        unsafe base[end] = byte
        end += 1
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let source = bytes.baseAddress {
            unsafe UnsafeMutableRawPointer(base + end).copyMemory(from: source, byteCount: bytes.count)
        }
        end += bytes.count
    }

    func append(decimal value: Int) {
        if value >= 10 { append(decimal: value / 10) }
        append(UInt8(truncatingIfNeeded: value % 10) &+ 0x30)
    }

    func append(hex value: Int) {
        if value >= 16 { append(hex: value / 16) }
        let digit = UInt8(truncatingIfNeeded: value % 16)
        append(digit < 10 ? digit &+ 0x30 : digit &+ 0x57)
    }

    // MARK: Looking in

    /// Calls `body` with the bytes of `range`, which must be filled.
    func withBytes<R>(_ range: Range<Int>, _ body: (Span<UInt8>) -> R) -> R {
        precondition(range.lowerBound >= 0 && range.upperBound <= end)
        return unsafe body(Span(_unsafeStart: base + range.lowerBound, count: range.count))
    }

    /// The bytes that are filled and not consumed, for a system call.
    var pending: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base + start, count: count)
    }

    /// The free space behind the end, for a system call that fills it.
    var space: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base + end, count: room)
    }

    /// The byte at `index` as the start of a C string, for libcurl. Valid until the buffer is grown.
    func cString(at index: Int) -> UnsafeMutablePointer<CChar> {
        unsafe UnsafeMutableRawPointer(base + index).assumingMemoryBound(to: CChar.self)
    }
}
