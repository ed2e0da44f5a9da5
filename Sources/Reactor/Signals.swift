// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Signals as events: blocked for every thread, and read from a descriptor by one loop.
package final class Signals {
    /// Register it for `.readable`.
    package let descriptor: Int32

    /// Blocks `signals` for the calling thread and all that it starts later, so call it before any thread is started.
    /// SIGPIPE is ignored: a write to a closed socket is an error of that write.
    package init(_ signals: [Int32]) throws(SystemError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        // signalfd(2): "Normally, the set of signals to be received via the file descriptor should be blocked using
        // sigprocmask(2), to prevent the signals being handled according to their default dispositions."
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        descriptor = unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("signalfd") }
    }

    deinit { close(descriptor) }

    /// A signal that has arrived.
    package struct Arrival: Sendable, Equatable {
        package let number: Int32
        /// The process that has sent it. signalfd(2): "ssi_pid: PID of sender".
        package let sender: Int32
    }

    /// A signal that has arrived, or `nil` when there is no more.
    package func next() -> Arrival? {
        var info = signalfd_siginfo()
        let count = unsafe read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size)
        guard count == MemoryLayout<signalfd_siginfo>.size else { return nil }
        return Arrival(number: Int32(info.ssi_signo), sender: Int32(truncatingIfNeeded: info.ssi_pid))
    }
}
