// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Where a service manager takes news from the services that it runs (sd_notify(3)): a datagram socket with a name in the file
/// system, or with an abstract one.
package struct NotificationSocket: Sendable {
    private let path: [UInt8]

    /// - Parameter name: What `NOTIFY_SOCKET` says: an absolute path, or `@` and a name.
    ///   `nil` comes of anything else: sd_notify(3) has other kinds of sockets for virtual machines.
    package init?(_ name: String) {
        let bytes = Array(name.utf8)
        guard bytes.count > 1, bytes.count < NotificationSocket.longestName,
            bytes[0] == UInt8(ascii: "/") || bytes[0] == UInt8(ascii: "@")
        else { return nil }
        // unix(7): an abstract name begins with a null byte.
        path = bytes[0] == UInt8(ascii: "@") ? [0] + bytes.dropFirst() : bytes
    }

    /// unix(7): `sun_path` has 108 bytes.
    private static let longestName = 108

    /// Sends one message. Nobody may be there to take it, and nothing can be done then, so failures are ignored.
    package func send(_ message: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        // An abstract name is as long as the address says, and a path may do without the null byte at its end.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bytes = Array(message.utf8)
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = unsafe sendto(
                    descriptor,
                    bytes,
                    bytes.count,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT),
                    pointer,
                    length
                )
            }
        }
    }
}
