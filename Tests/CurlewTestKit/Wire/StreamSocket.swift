// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A connected stream socket with deadlines.
///
/// One thread reads, writes and closes it. Any thread may call ``shutDown()``, which wakes that thread.
package final class StreamSocket: Sendable {
    /// The descriptor; valid until ``close()``.
    let descriptor: Int32
    private let isOpen = Monitor(true)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close()
    }

    /// Reads into `buffer` and returns how many bytes came; 0 at the end of the stream.
    func receive(into buffer: UnsafeMutableRawBufferPointer, until deadline: Deadline) throws -> Int {
        while true {
            try waitUntilReady(POLLIN, until: deadline, for: "bytes to read")
            let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count >= 0 { return count }
            switch errno {
            case EAGAIN, EINTR: continue
            case ECONNRESET: throw KitError.reset
            default: throw KitError.last("recv")
            }
        }
    }

    /// Sends all of `bytes`.
    package func send(_ bytes: [UInt8], until deadline: Deadline = .usual) throws {
        try bytes.withUnsafeBytes { try send($0, until: deadline) }
    }

    /// Sends all of `bytes`.
    func send(_ bytes: UnsafeRawBufferPointer, until deadline: Deadline) throws {
        var sent = 0
        while sent < bytes.count {
            try waitUntilReady(POLLOUT, until: deadline, for: "room to send")
            sent += try sendNow(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        }
    }

    /// Sends what the kernel takes at once: 0 when its buffer is full.
    func sendNow(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
            if count >= 0 { return count }
            switch errno {
            case EAGAIN: return 0
            case EINTR: continue
            case ECONNRESET, EPIPE: throw KitError.reset
            default: throw KitError.last("send")
            }
        }
    }

    /// Waits until the socket is ready for `events`, an error or the end of the stream.
    func waitUntilReady(_ events: Int32, until deadline: Deadline, for what: String) throws {
        var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let count = poll(&request, 1, deadline.pollTimeout)
            if count > 0 { return }
            if count < 0, errno != EINTR { throw KitError.last("poll") }
            if deadline.hasPassed { throw KitError.deadline(waitingFor: what) }
        }
    }

    /// Waits until the peer has closed or reset, without reading anything.
    func waitUntilHungUp() throws {
        // POLLRDHUP, which needs _GNU_SOURCE, so that the Glibc module does not show it.
        var request = pollfd(fd: descriptor, events: 0x2000, revents: 0)
        while poll(&request, 1, -1) < 0 {
            if errno != EINTR { throw KitError.last("poll") }
        }
    }

    /// Sends FIN and goes on reading.
    package func finishSending() {
        Glibc.shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends the connection both ways without giving up the descriptor, so that a blocked thread wakes up.
    package func shutDown() {
        isOpen.read { open in
            if open { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Closes with FIN, or with RST when unread bytes are left, as the kernel does.
    package func close() {
        isOpen.change { open in
            if open { Glibc.close(descriptor) }
            open = false
        }
    }

    /// Closes with RST (`SO_LINGER` with a time of 0).
    package func reset() {
        setOption(SO_LINGER, linger(l_onoff: 1, l_linger: 0))
        close()
    }

    /// Sets a socket-level option.
    func setOption<Value>(_ name: Int32, _ value: Value, level: Int32 = SOL_SOCKET) {
        withUnsafeBytes(of: value) { bytes in
            _ = setsockopt(descriptor, level, name, bytes.baseAddress, socklen_t(bytes.count))
        }
    }
}
