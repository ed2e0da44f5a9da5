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

    /// Writes the address without the port, as a person writes it, and returns how many bytes that took. An IPv4 client
    /// on an IPv6 listener is shown as the IPv4 address that it has. `buffer` needs 46 bytes.
    package func format(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var copy = storage
        let written: Bool = unsafe withUnsafePointer(to: &copy) { pointer in
            let raw = unsafe UnsafeRawPointer(pointer)
            let text = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
            let room = socklen_t(buffer.count)
            if family == AF_INET { return unsafe inet_ntop(AF_INET, raw + 4, text, room) != nil }
            let words = (0..<3).map { unsafe raw.loadUnaligned(fromByteOffset: 8 + $0 * 4, as: UInt32.self) }
            // RFC 4291 §2.5.5.2: ::ffff:0:0/96 holds IPv4 addresses.
            let isMapped = words[0] == 0 && words[1] == 0 && words[2] == UInt32(bigEndian: 0xFFFF)
            if isMapped { return unsafe inet_ntop(AF_INET, raw + 20, text, room) != nil }
            return unsafe inet_ntop(AF_INET6, raw + 8, text, room) != nil
        }
        guard written else { return 0 }
        return unsafe buffer.firstIndex(of: 0) ?? buffer.count
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
