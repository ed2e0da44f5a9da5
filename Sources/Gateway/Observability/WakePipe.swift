// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor

/// A pipe whose bytes mean nothing but "look again". It wakes a thread that waits in `poll`.
///
/// Both ends are non-blocking: a full pipe needs no further byte to be readable.
struct WakePipe: Sendable {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws(StartError) {
        do {
            let ends = try PipeEnds()
            (readEnd, writeEnd) = (ends.read, ends.write)
        } catch {
            throw StartError("cannot start the log: \(error); raise the limit of open files")
        }
    }

    /// Makes the read end readable.
    func signal() {
        var byte: UInt8 = 1
        // One byte from a local that outlives the call. EAGAIN means that the pipe is full, hence readable already.
        _ = unsafe write(writeEnd, &byte, 1)
    }

    func closeReadEnd() { _ = Glibc.close(readEnd) }
    func closeWriteEnd() { _ = Glibc.close(writeEnd) }

    func close() {
        closeReadEnd()
        closeWriteEnd()
    }

    /// Takes out every byte.
    func drain() {
        var bytes: InlineArray<64, UInt8> = .init(repeating: 0)
        var span = bytes.mutableSpan
        // The count is that of the array, which outlives the call.
        while unsafe span.withUnsafeMutableBytes({ unsafe read(readEnd, $0.baseAddress, $0.count) }) == span.count {}
    }
}

/// What the C library says about an `errno`, e.g. `Connection refused`.
func errorText(_ number: Int32) -> String {
    var text: InlineArray<128, UInt8> = .init(repeating: 0)
    var span = text.mutableSpan
    // Writes at most the given count, zero byte included, into an array that outlives the call.
    let code = unsafe span.withUnsafeMutableBytes { bytes in
        guard let start = bytes.baseAddress else { return EINVAL }
        return unsafe strerror_r(number, start.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard code == 0 else { return "error \(number)" }
    return String(decoding: (0..<128).lazy.map { text[$0] }.prefix { $0 != 0 }, as: UTF8.self)
}

/// Waits until one of the descriptors is ready or the time is over, and says which of the two has something to tell
/// (errors included). A negative descriptor is left out; a negative timeout, in milliseconds, waits for ever.
func awaitReady(readable: Int32, writable: Int32, timeout: Int32) -> (readable: Bool, writable: Bool) {
    var set: InlineArray<2, pollfd> = [
        pollfd(fd: readable, events: Int16(POLLIN), revents: 0),
        pollfd(fd: writable, events: Int16(POLLOUT), revents: 0),
    ]
    // Two entries in an array that outlives the call. "If this field [fd] is negative, then the corresponding events
    // field is ignored and the revents field returns zero" (poll(2)). An interrupted wait is a wait that found nothing.
    var span = set.mutableSpan
    _ = unsafe span.withUnsafeMutableBufferPointer { unsafe Glibc.poll($0.baseAddress, 2, timeout) }
    return (set[0].revents != 0, set[1].revents != 0)
}

/// `CLOCK_MONOTONIC` in nanoseconds.
func monotonicNanoseconds() -> Int64 {
    var now = timespec()
    // Fills a local that outlives the call; it cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}
