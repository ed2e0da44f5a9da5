// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A listening TCP socket that shares its port with the other workers' listeners.
package struct Listener: Sendable {
    /// What came of accepting.
    package enum Accepted {
        case connection(Socket, SocketAddress)
        /// No client is waiting.
        case none
        /// The process or the system is out of descriptors or memory: clients wait in the queue until some are free.
        case outOfResources(Int32)
    }

    package let descriptor: Int32
    /// The port, also where 0 was asked for.
    package let port: UInt16

    /// Binds and listens.
    ///
    /// Every listener sets SO_REUSEPORT, so that the kernel spreads connections over the workers. That alone would also
    /// let a second gateway of the same user take half of the clients in silence. Hence `exclusive`, for the first
    /// listener of an address: it first binds without SO_REUSEPORT, which the kernel refuses while anyone else listens.
    package init(_ address: SocketAddress, exclusive: Bool) throws(SystemError) {
        var address = address
        if exclusive && address.port != 0 {
            _ = Glibc.close(try Listener.bound(&address, sharingPort: false))
        }
        let descriptor = try Listener.bound(&address, sharingPort: true)
        // The kernel cuts the queue to net.core.somaxconn.
        guard listen(descriptor, 4096) == 0 else {
            let error = SystemError("listen")
            _ = Glibc.close(descriptor)
            throw error
        }
        var local = SocketAddress()
        _ = unsafe local.withPointer { unsafe getsockname(descriptor, $0, &$1) }
        self.descriptor = descriptor
        port = local.port
    }

    /// Takes over a socket that another process has opened: `nil` if `descriptor` is not a TCP socket that listens.
    package init?(inherited descriptor: Int32) {
        var (listens, size) = (Int32(0), socklen_t(4))
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0, listens == 1 else {
            return nil
        }
        var local = SocketAddress()
        guard unsafe local.withPointer({ unsafe getsockname(descriptor, $0, &$1) }) == 0,
            local.family == AF_INET || local.family == AF_INET6
        else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        var on: Int32 = 1
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        self.descriptor = descriptor
        port = local.port
    }

    /// The same socket once more, for another worker: clients go to whoever asks first.
    package func duplicate() throws(SystemError) -> Listener {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemError("fcntl") }
        return Listener(descriptor: copy, port: port)
    }

    private init(descriptor: Int32, port: UInt16) {
        self.descriptor = descriptor
        self.port = port
    }

    /// Whether it listens at `address`, where port 0 stands for any.
    package func isAt(_ address: SocketAddress) -> Bool {
        var local = SocketAddress()
        guard unsafe local.withPointer({ unsafe getsockname(descriptor, $0, &$1) }) == 0 else { return false }
        return local.family == address.family && local.number == address.number
            && (address.port == 0 || address.port == local.port)
    }

    /// Takes the next waiting client.
    package func accept() -> Accepted {
        while true {
            var peer = SocketAddress()
            let accepted = unsafe peer.withPointer { unsafe curlew_accept4(descriptor, $0, &$1) }
            if accepted >= 0 { return .connection(Socket(descriptor: accepted), peer) }
            switch errno {
            case EAGAIN: return .none
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .outOfResources(errno)
            // accept(2): "Linux accept() passes already-pending network errors on the new socket as an error code from
            // accept()" and they are to be treated "like EAGAIN by retrying".
            default: continue
            }
        }
    }

    package func close() {
        _ = Glibc.close(descriptor)
    }

    private static func bound(_ address: inout SocketAddress, sharingPort: Bool) throws(SystemError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        var on: Int32 = 1
        // A gateway that is restarted must not wait for connections of its former life to be forgotten.
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        // Small answers must not wait for the acknowledgement of the one before. A connection inherits this from its
        // listener on Linux, which saves a system call for each.
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        if sharingPort { _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, 4) }
        // `[::]` takes IPv6 alone, so that `0.0.0.0` beside it is no conflict, whatever net.ipv6.bindv6only says.
        if address.family == AF_INET6 { _ = unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, 4) }
        guard unsafe address.withPointer({ unsafe bind(descriptor, $0, $1) }) == 0 else {
            let error = SystemError("bind")
            _ = Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }
}
