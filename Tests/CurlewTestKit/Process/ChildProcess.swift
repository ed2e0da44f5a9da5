// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A process that a test started, with its output captured. It is killed when this object goes, if it still runs.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Exit: Sendable, Equatable {
        case status(Int32)
        case signal(Int32)
    }

    package let pid: pid_t
    package let standardOutput = CapturedLog()
    package let standardError = CapturedLog()
    private let exit: Monitor<Exit?> = Monitor(nil)

    /// Starts `arguments[0]`, found by its path, with exactly this environment.
    package init(_ arguments: [String], environment: [String: String]) throws {
        let output = try ChildProcess.makePipe()
        let errors = try ChildProcess.makePipe()
        defer {
            close(output.write)
            close(errors.write)
        }
        let pid = try ChildProcess.spawn(arguments, environment, output: output.write, errors: errors.write)
        self.pid = pid
        ChildProcess.capture(output.read, standardOutput)
        ChildProcess.capture(errors.read, standardError)
        let exit = exit
        _ = BackgroundThread {
            var info = siginfo_t()
            // WNOWAIT leaves the zombie, and so the pid, until the lock is held: `send` cannot hit a stranger.
            while waitid(P_PID, id_t(pid), &info, Int32(WEXITED | WNOWAIT)) != 0, errno == EINTR {}
            exit.change { exit in
                var status: Int32 = 0
                waitpid(pid, &status, 0)
                exit = status & 0x7F == 0 ? .status((status >> 8) & 0xFF) : .signal(status & 0x7F)
            }
        }
    }

    deinit {
        send(SIGKILL)
        _ = try? waitForExit()
    }

    /// Sends a signal, unless the process has ended.
    package func send(_ signal: Int32) {
        exit.read { if $0 == nil { kill(pid, signal) } }
    }

    /// Whether it has not ended yet.
    package var isRunning: Bool { exit.read { $0 == nil } }

    /// Waits until it has ended and all its output is captured.
    @discardableResult
    package func waitForExit(until deadline: Deadline = .usual) throws -> Exit {
        let result = try exit.wait(for: "process \(pid) to exit", until: deadline) { $0 }
        try standardOutput.waitForEnd()
        try standardError.waitForEnd()
        return result
    }

    /// Waits until it has ended, though others that it has started may still have its output.
    package func waitForEnd(until deadline: Deadline = .usual) throws -> Exit {
        try exit.wait(for: "process \(pid) to exit", until: deadline) { $0 }
    }

    /// Has a gateway end without waiting for anybody: signals until it has ended, since what comes soon after the first
    /// signal counts for nothing.
    package func stopAtOnce(_ signal: Int32 = SIGTERM, until deadline: Deadline = .usual) throws {
        while isRunning {
            send(signal)
            _ = try? exit.wait(for: "process \(pid) to exit", until: .after(seconds: 0.1)) { $0 }
            if deadline.hasPassed { throw KitError.deadline(waitingFor: "process \(pid) to end at once") }
        }
    }

    private static func makePipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw KitError.last("pipe") }
        return (ends[0], ends[1])
    }

    private static func capture(_ descriptor: Int32, _ log: CapturedLog) {
        _ = BackgroundThread {
            var block = [UInt8](repeating: 0, count: 65536)
            while true {
                try? log.reading.wait(until: .never)
                let count = read(descriptor, &block, block.count)
                if count > 0 { log.append(block[..<count]) }
                if count == 0 || count < 0 && errno != EINTR { break }
            }
            close(descriptor)
            log.finish()
        }
    }

    private static func spawn(
        _ arguments: [String],
        _ environment: [String: String],
        output: Int32,
        errors: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        try closeFrom(3, &actions)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var words = arguments.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, arguments[0], &actions, &attributes, &words, &variables)
        guard code == 0 else { throw KitError.system(call: "posix_spawn \(arguments[0])", code: code) }
        return pid
    }

    /// Closes everything else in the child: a socket of the test that lived on there would never look closed.
    private static func closeFrom(_ first: Int32, _ actions: inout posix_spawn_file_actions_t) throws {
        // It is a GNU extension, which the Glibc module does not show.
        typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
            throw KitError.process("glibc 2.34 or newer is needed")
        }
        _ = unsafeBitCast(symbol, to: CloseFrom.self)(&actions, first)
    }
}
