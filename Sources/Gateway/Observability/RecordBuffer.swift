// SPDX-License-Identifier: Apache-2.0

/// The bytes of one record while it is built: a fixed piece of memory that is used again for each record.
///
/// A piece that does not fit is left out and marks the whole record as ``overflowed``, so that it is dropped and
/// counted instead of written incomplete.
@safe  // The pointer is private, owned by this value alone, and used only below `capacity`, which each append checks.
struct RecordBuffer: ~Copyable {
    private let base: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count = 0
    private(set) var overflowed = false

    /// The default holds the longest access record: 8 KiB of target and as much of header fields at six bytes for one, eight
    /// attempts, and the rest.
    init(capacity: Int = 256 * 1024) {
        self.capacity = capacity
        unsafe base = .allocate(capacity: capacity)
    }

    deinit {
        unsafe base.deallocate()
    }

    mutating func removeAll() {
        count = 0
        overflowed = false
    }

    /// Hands the record to a ring, or counts it as dropped there.
    func write(to ring: LogRing) {
        if overflowed {
            ring.drop()
        } else {
            // The first `count` bytes are initialised, and nothing changes them during the call.
            ring.write(unsafe Span(_unsafeStart: base, count: count))
        }
    }

    /// A copy, for tests.
    var bytes: [UInt8] {
        unsafe [UInt8](UnsafeBufferPointer(start: base, count: count))
    }

    /// Appends all of it to `array`, byte for byte: for what is done once. (A second user of the standard library's way of
    /// copying would have it called, and no longer inlined, for each line of a response.)
    func copy(to array: inout [UInt8]) {
        // The first `count` bytes are initialised.
        for index in 0..<count { array.append(unsafe base[index]) }
    }

    // MARK: Appending

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        guard reserve(1) else { return }
        unsafe base[count] = byte
        count += 1
    }

    /// A literal of ASCII characters.
    @inline(__always)
    mutating func append(_ literal: StaticString) {
        let size = literal.utf8CodeUnitCount
        guard reserve(size) else { return }
        // A static string's bytes live for ever; `reserve` has checked the room.
        unsafe (base + count).update(from: literal.utf8Start, count: size)
        count += size
    }

    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>) {
        guard reserve(bytes.count) else { return }
        // The source is a span, so it is alive and initialised; `reserve` has checked the room.
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let from = source.baseAddress else { return }
            unsafe (base + count).update(from: from, count: source.count)
        }
        count += bytes.count
    }

    /// The longest start of `bytes` in which every byte stands for itself.
    ///
    /// - Returns: Its length. All of them when they cannot fit, since there is no more to do then.
    mutating func appendPlain(_ bytes: Span<UInt8>, as escaping: Escaping) -> Int {
        guard reserve(bytes.count) else { return bytes.count }
        var done = 0
        // The source is a span, so it is alive and initialised, and `done` stays within it; `reserve` has checked the
        // room for as many bytes after `count`.
        unsafe bytes.withUnsafeBytes { buffer in
            guard let source = buffer.baseAddress else { return }
            let size = buffer.count
            let target = unsafe UnsafeMutableRawPointer(base + count)
            while done &+ 8 <= size {
                let word = unsafe (source + done).loadUnaligned(as: UInt64.self)
                guard escaping.keeps(word) else { break }
                unsafe (target + done).storeBytes(of: word, as: UInt64.self)
                done &+= 8
            }
            // What is left of it once more with what stands before: a few words of a record are as long as a word here.
            if done > 0, size &- done < 8 {
                let word = unsafe (source + (size &- 8)).loadUnaligned(as: UInt64.self)
                if escaping.keeps(word) {
                    unsafe (target + (size &- 8)).storeBytes(of: word, as: UInt64.self)
                    done = size
                }
            }
            while done < size {
                let byte = unsafe (source + done).load(as: UInt8.self)
                guard escaping.keeps(byte) else { break }
                unsafe (target + done).storeBytes(of: byte, as: UInt8.self)
                done &+= 1
            }
        }
        count += done
        return done
    }

    /// In decimal.
    mutating func append(_ number: UInt64) {
        guard number >= 10 else { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        var rest = number
        var digits = 1
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        append(number, digits: digits)
    }

    /// In decimal, with a minus sign if need be.
    mutating func append(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(number.magnitude)
    }

    /// In decimal with leading zeros.
    mutating func append(_ number: UInt64, digits: Int) {
        guard reserve(digits) else { return }
        var rest = number
        var place = count &+ digits
        while place > count {
            place &-= 1
            let quotient = rest / 10
            // Between `count` and `count + digits`, for which `reserve` has checked the room.
            unsafe base[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
            rest = quotient
        }
        count += digits
    }

    /// Microseconds as milliseconds with three decimals.
    mutating func append(milliseconds microseconds: UInt64) {
        append(microseconds / 1000)
        append(UInt8(ascii: "."))
        append(microseconds % 1000, digits: 3)
    }

    /// Microseconds as milliseconds without a needless zero: `0`, `11.2`, `0.05`.
    mutating func append(shortMilliseconds microseconds: UInt64) {
        append(microseconds / 1000)
        var fraction = microseconds % 1000
        guard fraction != 0 else { return }
        var digits = 3
        while fraction % 10 == 0 {
            fraction /= 10
            digits -= 1
        }
        append(UInt8(ascii: "."))
        append(fraction, digits: digits)
    }

    @inline(__always)
    private mutating func reserve(_ size: Int) -> Bool {
        guard size <= capacity - count else {
            overflowed = true
            return false
        }
        return true
    }
}
