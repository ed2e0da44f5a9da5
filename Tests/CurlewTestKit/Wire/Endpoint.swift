// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where a test listens or connects: a port of 127.0.0.1, or the path of a Unix socket.
package enum Endpoint: Sendable, Equatable {
    case tcp(port: UInt16)
    case unix(path: String)

    /// The URL by which the gateway knows a backend that listens here.
    package var url: String {
        switch self {
        case .tcp(let port): "http://127.0.0.1:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// The port, or 0 for a Unix socket.
    package var port: UInt16 {
        if case .tcp(let port) = self { port } else { 0 }
    }

    private var family: Int32 {
        if case .tcp = self { AF_INET } else { AF_UNIX }
    }

    /// An unconnected stream socket of this family.
    func makeSocket() throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw KitError.last("socket") }
        return descriptor
    }

    /// Calls `body` with the address in the kernel's form.
    func withAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        var length = socklen_t(0)
        withUnsafeMutableBytes(of: &storage) { bytes in
            switch self {
            case .tcp(let port):
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
                length = socklen_t(MemoryLayout<sockaddr_in>.size)
            case .unix(let path):
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
                withUnsafeBytes(of: address) { bytes.copyMemory(from: $0) }
                length = socklen_t(MemoryLayout<sockaddr_un>.size)
            }
        }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// Connects, waiting for the handshake until `deadline`. The buffer sizes are the kernel's when 0. With `source`, the
    /// connection is from that address of the loopback, such as 127.0.0.2.
    package func connect(
        receiveBuffer: Int32 = 0,
        sendBuffer: Int32 = 0,
        from source: String? = nil,
        until deadline: Deadline = .usual
    ) throws -> StreamSocket {
        let socket = StreamSocket(descriptor: try makeSocket())
        if receiveBuffer > 0 { socket.setOption(SO_RCVBUF, receiveBuffer) }
        if sendBuffer > 0 { socket.setOption(SO_SNDBUF, sendBuffer) }
        if let source { try Endpoint.bind(socket.descriptor, to: source) }
        let flags = fcntl(socket.descriptor, F_GETFL)
        _ = fcntl(socket.descriptor, F_SETFL, flags | O_NONBLOCK)
        if withAddress({ Glibc.connect(socket.descriptor, $0, $1) }) != 0 {
            guard errno == EINPROGRESS else { throw KitError.last("connect") }
            try socket.waitUntilReady(POLLOUT, until: deadline, for: "a connection to \(url)")
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            guard code == 0 else { throw KitError.system(call: "connect", code: code) }
        }
        _ = fcntl(socket.descriptor, F_SETFL, flags)
        if case .tcp = self { socket.setOption(Int32(TCP_NODELAY), Int32(1), level: Int32(IPPROTO_TCP)) }
        return socket
    }

    private static func bind(_ descriptor: Int32, to host: String) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw KitError.last("bind") }
    }

    /// The port that the kernel gave to a bound socket.
    static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
