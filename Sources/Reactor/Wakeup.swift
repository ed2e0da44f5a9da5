// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Wakes a loop from another thread.
///
/// What there is to do must be published before ``wake()``: an eventfd is a kernel object, and writing and reading it
/// order what was stored before against what is loaded after.
package final class Wakeup: Sendable {
    /// Register it for `.readable`.
    package let descriptor: Int32

    package init() throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("eventfd") }
    }

    deinit { close(descriptor) }

    /// Makes the descriptor readable. May be called from any thread.
    package func wake() {
        var one: UInt64 = 1
        // EAGAIN means the counter is full: the loop will wake up anyway.
        _ = unsafe write(descriptor, &one, 8)
    }

    /// Makes the descriptor unreadable again. To be called by its handler.
    package func reset() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, 8)
    }
}
