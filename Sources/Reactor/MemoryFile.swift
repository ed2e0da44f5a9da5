// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A file that is in memory only, for whoever takes nothing but a path: what is in it stays as it is, and reading it never
/// waits. It is there for as long as this object.
package final class MemoryFile: Sendable {
    /// Where this process, and nobody else, can open it for reading. Once it is gone, the path may come to be another's.
    package let path: String
    private let descriptor: Int32

    /// - Throws: `SystemError` when there is no descriptor or no memory left for it, or no `/proc` to open it by.
    package init(_ bytes: Span<UInt8>) throws(SystemError) {
        descriptor = curlew_memory_file()
        // proc(5) of /proc/pid/fd: to open it is to open the file that the descriptor stands for, and so from its beginning.
        path = "/proc/self/fd/\(descriptor)"
        guard descriptor >= 0 else { throw SystemError("memfd_create") }
        // Whatever is thrown from here on, the descriptor is closed.
        try fill(bytes)
        guard unsafe access(path, R_OK) == 0 else { throw SystemError("access \(path)") }
    }

    deinit { close(descriptor) }

    private func fill(_ bytes: Span<UInt8>) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(written...)
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw SystemError("write") }
            written += max(0, count)
        }
    }
}
