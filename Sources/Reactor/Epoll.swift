// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What a handler wants to be told about its descriptor.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// There is something to read, or the peer has finished sending.
    package static let readable = Interest(rawValue: 1)
    /// There is room to write.
    package static let writable = Interest(rawValue: 2)
    /// Tell each change once, not for as long as it lasts.
    ///
    /// epoll(7): "an application that employs the EPOLLET flag should use nonblocking file descriptors" and should wait
    /// for the next event "only after read(2) or write(2) return EAGAIN".
    package static let edgeTriggered = Interest(rawValue: 4)
    /// What happens can wait until other descriptors have been seen to: it begins work, where theirs goes on with some or
    /// ends it.
    package static let deferrable = Interest(rawValue: 8)
}

/// What happened to a descriptor.
///
/// Its questions are functions that other modules can inline: as an `OptionSet` each of them was a call through the
/// standard library's generic code there, and each set of several an array on the heap.
package struct Readiness: Sendable {
    @usableFromInline private(set) var bits: UInt8

    init() { bits = 0 }

    @inlinable package var isReadable: Bool { bits & 1 != 0 }
    @inlinable package var isWritable: Bool { bits & 2 != 0 }
    /// The peer has finished sending (`EPOLLRDHUP`).
    @inlinable package var hasPeerClosed: Bool { bits & 4 != 0 }
    /// Both directions are shut (`EPOLLHUP`).
    @inlinable package var isHungUp: Bool { bits & 8 != 0 }
    /// The socket has an error waiting (`EPOLLERR`).
    @inlinable package var hasFailed: Bool { bits & 16 != 0 }

    /// It is over with the socket, in both directions.
    @inlinable package var isBroken: Bool { bits & (8 | 16) != 0 }
    /// No more will come than what is there already.
    @inlinable package var isEnd: Bool { bits & (4 | 8 | 16) != 0 }
    /// Reading would tell something: bytes, an end or an error.
    @inlinable package var isWorthReading: Bool { bits & (1 | 4 | 8 | 16) != 0 }

    mutating func insert(_ bit: UInt8) { bits |= bit }

    func union(_ other: Readiness) -> Readiness {
        var both = self
        both.bits |= other.bits
        return both
    }
}

/// The only place that says `epoll_`. The events hold a C union, which only ``event(_:)`` reads, as the number we wrote.
@safe
struct Epoll: ~Copyable {
    private let descriptor: Int32
    private var events: [epoll_event]

    init() throws(SystemError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("epoll_create1") }
        unsafe events = unsafe [epoll_event](repeating: epoll_event(), count: 256)
    }

    deinit { close(descriptor) }

    func add(_ fd: Int32, _ interest: Interest, data: UInt64) throws(SystemError) {
        guard curlew_epoll_ctl(descriptor, EPOLL_CTL_ADD, fd, mask(interest), data) == 0 else {
            throw SystemError("epoll_ctl")
        }
    }

    func modify(_ fd: Int32, _ interest: Interest, data: UInt64) throws(SystemError) {
        guard curlew_epoll_ctl(descriptor, EPOLL_CTL_MOD, fd, mask(interest), data) == 0 else {
            throw SystemError("epoll_ctl")
        }
    }

    /// Forgets a descriptor. One that is closed already was forgotten by the kernel, so the answer does not matter:
    /// epoll(7), "closing a file descriptor cause[s] it to be removed from all epoll interest lists".
    func remove(_ fd: Int32) {
        _ = curlew_epoll_ctl(descriptor, EPOLL_CTL_DEL, fd, 0, 0)
    }

    /// Waits for at most `milliseconds` (-1: for ever) and returns how many events ``event(_:)`` can show.
    mutating func wait(milliseconds: Int32) -> Int {
        let count = unsafe epoll_wait(descriptor, &events, Int32(events.count), milliseconds)
        // EINTR: nothing has happened; the loop looks at its timers and waits again.
        return max(0, Int(count))
    }

    /// The data that the descriptor was added with, and what happened to it.
    func event(_ index: Int) -> (data: UInt64, readiness: Readiness) {
        var event = unsafe events[index]
        var readiness = Readiness()
        let bits = unsafe event.events
        if bits & EPOLLIN.rawValue != 0 { readiness.insert(1) }
        if bits & EPOLLOUT.rawValue != 0 { readiness.insert(2) }
        if bits & EPOLLRDHUP.rawValue != 0 { readiness.insert(4) }
        if bits & EPOLLHUP.rawValue != 0 { readiness.insert(8) }
        if bits & EPOLLERR.rawValue != 0 { readiness.insert(16) }
        return unsafe (curlew_epoll_data(&event), readiness)
    }

    private func mask(_ interest: Interest) -> UInt32 {
        var bits: UInt32 = 0
        if interest.contains(.readable) { bits |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
        if interest.contains(.writable) { bits |= EPOLLOUT.rawValue }
        if interest.contains(.edgeTriggered) { bits |= EPOLLET.rawValue }
        return bits
    }
}
