// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What came of reading or writing.
package enum IOResult: Equatable, Sendable {
    /// So many bytes were moved; at least one.
    case bytes(Int)
    /// Nothing can be moved now; an event will tell when.
    case wouldBlock
    /// The peer has finished sending. Only reads say this.
    case endOfStream
    /// The connection is broken, with this `errno`.
    case failed(Int32)
}

/// A non-blocking stream socket. A plain number that its owner closes: once, and after deregistering it.
package struct Socket: Sendable, Equatable {
    package let descriptor: Int32

    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Reads what is there, as far as `buffer` has room, which must not be empty.
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
        while true {
            // Not recv(2), which a program may answer in the kernel's stead for a library that it hosts; see CRuntime.
            let count = unsafe recvfrom(descriptor, buffer.baseAddress, buffer.count, 0, nil, nil)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .endOfStream }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case let code: return .failed(code)
            }
        }
    }

    /// Writes as much of `bytes` as the kernel takes now.
    package func write(_ bytes: UnsafeRawBufferPointer) -> IOResult {
        while true {
            // send(2), MSG_NOSIGNAL: "Don't generate a SIGPIPE signal if the peer on a stream-oriented socket has
            // closed the connection. The EPIPE error is still returned." As with recv(2), not that function itself.
            let count = unsafe sendto(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), nil, 0)
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case let code: return .failed(code)
            }
        }
    }

    /// Writes as much of the given pieces, in order, as the kernel takes now.
    package func write(_ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> IOResult {
        unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: pieces.count) { vectors in
            var count = 0
            for index in pieces.indices where unsafe !pieces[index].isEmpty {
                let piece = unsafe pieces[index]
                unsafe vectors[count] = iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: piece.baseAddress),
                    iov_len: piece.count
                )
                count += 1
            }
            var message = unsafe msghdr()
            unsafe message.msg_iov = vectors.baseAddress
            unsafe message.msg_iovlen = count
            while true {
                let sent = unsafe sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                if sent >= 0 { return .bytes(sent) }
                switch errno {
                case EINTR: continue
                case EAGAIN: return .wouldBlock
                case let code: return .failed(code)
                }
            }
        }
    }

    /// The port that it is bound to, 0 for a socket without one.
    package var localPort: Int32 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
        }
        // The port lies at the same place in the addresses of both families.
        let isInternet = Int32(address.sin6_family) == AF_INET || Int32(address.sin6_family) == AF_INET6
        return result == 0 && isInternet ? Int32(UInt16(bigEndian: address.sin6_port)) : 0
    }

    /// How many of the bytes that were written the peer's kernel has not acknowledged; 0 when the kernel does not say.
    ///
    /// tcp(7), SIOCOUTQ: "Returns the amount of unsent data in the socket send queue", which counts what was sent and is
    /// not acknowledged too (`write_seq - snd_una` in the kernel's tcp_ioctl).
    package var unacknowledgedBytes: Int { Int(curlew_unacknowledged(descriptor)) }

    /// Whether there are bytes to read, which stay there.
    package var hasInput: Bool {
        var byte: UInt8 = 0
        return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Whether there is nothing more to read and never will be.
    package var hasEnded: Bool {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    /// Throws away what has arrived, up to 1 MiB.
    package func discardInput() {
        unsafe withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { scrap in
            for _ in 0..<64 {
                guard case .bytes = unsafe read(into: scrap) else { return }
            }
        }
    }

    /// Tells the peer that nothing more will be sent. What was written is still delivered.
    package func shutdownWriting() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends both directions at once but keeps the number, so that it cannot come to mean another socket.
    package func shutdownBoth() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Makes ``close()`` reset the connection, so that the peer cannot take what it has got for the whole.
    package func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Releases the descriptor. Linux has released it even when close(2) reports an error.
    package func close() {
        _ = Glibc.close(descriptor)
    }
}
