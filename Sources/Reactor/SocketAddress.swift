// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An IPv4 or IPv6 address with a port.
@safe
package struct SocketAddress: Sendable {
    /// The kernel's own form. Read and written only through the functions of this file.
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    init() {}

    /// `host` is an IP literal without brackets; `nil` if it is not one.
    package init?(host: String, port: UInt16) {
        if let address = SocketAddress.ipv4(host, port) ?? SocketAddress.ipv6(host, port) {
            self = address
        } else {
            return nil
        }
    }

    var family: Int32 { Int32(storage.ss_family) }

    /// The port.
    package var port: UInt16 {
        var copy = storage
        return unsafe withUnsafePointer(to: &copy) { pointer in
            // sin_port and sin6_port stand at the same place: directly behind the family.
            UInt16(bigEndian: unsafe UnsafeRawPointer(pointer).load(fromByteOffset: 2, as: UInt16.self))
        }
    }

    /// The address as a number of 128 bits, the most significant half first. An IPv4 address is mapped into IPv6
    /// (RFC 4291 §2.5.5.2), as that of an IPv4 client on an IPv6 listener already is.
    package var number: (high: UInt64, low: UInt64) {
        var copy = storage
        return unsafe withUnsafePointer(to: &copy) { pointer in
            let raw = unsafe UnsafeRawPointer(pointer)
            guard family == AF_INET else {
                // sin6_addr
                return unsafe (
                    UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                    UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                )
            }
            // sin_addr
            let address = UInt32(bigEndian: unsafe raw.load(fromByteOffset: 4, as: UInt32.self))
            return (0, 0xFFFF_0000_0000 | UInt64(address))
        }
    }

    private static func ipv4(_ host: String, _ port: UInt16) -> SocketAddress? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
        return unsafe SocketAddress(copying: &address, size: MemoryLayout<sockaddr_in>.size)
    }

    private static func ipv6(_ host: String, _ port: UInt16) -> SocketAddress? {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        guard unsafe inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { return nil }
        return unsafe SocketAddress(copying: &address, size: MemoryLayout<sockaddr_in6>.size)
    }

    private init(copying address: UnsafeRawPointer, size: Int) {
        unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.copyMemory(from: .init(start: address, count: size)) }
        length = socklen_t(size)
    }

    /// Calls `body` with the address in the shape that system calls take.
    mutating func withPointer<R>(_ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> R) -> R {
        var length = self.length
        defer { self.length = length }
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
        }
    }
}
