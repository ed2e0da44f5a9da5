// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// Runs the command that the arguments name, and turns what comes of it into an exit code.
@main
enum EntryPoint {
    static func main() {
        do {
            var command = try Curlew.parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            StandardError.write(failure.message)
            exit(failure.exitCode)
        } catch {
            finish(error)
        }
    }

    /// Ends with what ArgumentParser threw: help and the version, which are not errors, or a usage error.
    private static func finish(_ error: any Error) -> Never {
        let message = Curlew.fullMessage(for: error)
        let code = Curlew.exitCode(for: error)
        if code.isSuccess {
            if !message.isEmpty { print(message) }
        } else if !message.isEmpty {
            StandardError.write(message)
        }
        // ArgumentParser says EX_USAGE, 64; the shell's own habit, and Curlew's contract, is 2.
        exit(code == .validationFailure ? 2 : code.rawValue)
    }
}

/// A command that could not do its work: what to print, and the exit code.
struct CommandFailure: Error {
    let message: String
    let exitCode: Int32
}
