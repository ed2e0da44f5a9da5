// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A process that this one has started.
package struct SpawnedProcess: Sendable {
    package let id: Int32

    /// How a process has ended.
    package enum End: Sendable, Equatable {
        case status(Int32)
        case signal(Int32)
    }

    /// Starts a program, with no signals blocked.
    ///
    /// - Parameters:
    ///   - arguments: The first names the program: a path, or a name that is looked for in PATH.
    ///   - environment: Each `NAME=value`.
    ///   - descriptors: What is open there beside standard input, output and error, as 3, 4 and so on.
    /// - Throws: There is no such program, or the system is out of processes, descriptors or memory.
    package init(_ arguments: [String], environment: [String], descriptors: [Int32]) throws(SystemError) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        let first: Int32 = 3
        let end = first + Int32(descriptors.count)
        // Copied beyond the places that they go to, so that none takes the place of one that has still to move.
        var copies: [Int32] = []
        defer { for copy in copies { close(copy) } }
        for descriptor in descriptors {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, end)
            guard copy >= 0 else { throw SystemError("fcntl") }
            copies.append(copy)
        }
        for (index, copy) in copies.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, copy, first + Int32(index))
        }
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, end)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        // Each is a copy of the C library's, ended by a null pointer and freed below.
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var process = pid_t()
        let code = unsafe posix_spawnp(&process, arguments[0], &actions, &attributes, &words, &variables)
        guard code == 0 else { throw SystemError("posix_spawnp", code: code) }
        id = process
    }

    /// How it is to end.
    package enum Ending: Sendable {
        /// In order, if it heeds SIGTERM.
        case asked
        case forced
    }

    /// Has it end. Not to be called once ``end()`` has told how it has: its number may be another's then.
    package func end(_ ending: Ending) { kill(id, ending == .asked ? SIGTERM : SIGKILL) }

    /// How it has ended; `nil` while it runs. To be asked until it has, or it stays in the system's table.
    package func end() -> End? {
        var status: Int32 = 0
        guard unsafe waitpid(id, &status, WNOHANG) == id else { return nil }
        // wait(2): the lowest seven bits are the signal, and 0 where it has exited by itself with the status above them.
        return status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }
}

/// This process.
package enum ThisProcess {
    package static var id: Int32 { getpid() }

    /// The process that has started this one.
    package static var parent: Int32 { getppid() }

    /// Asks another process to stop.
    package static func askToStop(_ process: Int32) { kill(process, SIGTERM) }
}
