// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A pipe through which the kernel moves bytes from one socket to another, without their being copied into the process and
/// out again.
///
/// splice(2): "moves data between two file descriptors without copying between kernel address space and user address
/// space". It moves whole pages, or parts of them, so a pipe of 16 pages may be full with less than 64 KiB.
package final class SplicePipe {
    /// What is put in here comes out at the other end. Does not block.
    package let writeEnd: Int32
    /// It comes out here. Does not block.
    package let readEnd: Int32

    /// Unlike send(2), splice(2) cannot be told that a peer which is gone is an error of the call alone.
    private static let ignoresSignal: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    /// - Throws: No descriptors, or no memory, are left.
    package init() throws(SystemError) {
        Self.ignoresSignal
        let ends = try PipeEnds()
        (readEnd, writeEnd) = (ends.read, ends.write)
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Sends up to `count` bytes, which must be there and more than none, as far as the kernel takes them now.
    package func send(_ count: Int, to socket: Socket) -> IOResult { move(count, from: readEnd, to: socket.descriptor) }

    /// Takes in up to `count` bytes, more than none, of those that have come, as far as there is room; `wouldBlock` if the pipe
    /// was not empty may be for want of that.
    package func receive(_ count: Int, from socket: Socket) -> IOResult {
        move(count, from: socket.descriptor, to: writeEnd)
    }

    private func move(_ count: Int, from source: Int32, to target: Int32) -> IOResult {
        while true {
            let moved = curlew_splice(source, target, count)
            if moved > 0 { return .bytes(moved) }
            // Nothing more can come. In a pipe of which both ends are open something always can.
            if moved == 0 { return .endOfStream }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case let code: return .failed(code)
            }
        }
    }

    /// Nothing is left in it.
    package var isEmpty: Bool { curlew_unread(readEnd) == 0 }
}
