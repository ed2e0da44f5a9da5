// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// Runs the command that the arguments name, and turns what comes of it into an exit code.
///
/// The first argument chooses the command, and then only that command sees the others. Left to itself ArgumentParser would
/// also take the gateway's options behind the name of another command, `--workers` of `curlew backend` say, and give them
/// to nobody.
@main
enum EntryPoint {
    static func main() {
        ProcessStart.holdBackRequests()
        ProcessStart.openStandardDescriptors()
        let arguments = CommandLine.arguments.dropFirst()
        let named = Curlew.configuration.subcommands.first { $0.configuration.commandName == arguments.first }
        let chosen: any ParsableCommand.Type = named ?? Curlew.self
        do {
            var command = try chosen.parseAsRoot(Array(named == nil ? arguments : arguments.dropFirst()))
            if named == nil, Curlew.configuration.subcommands.contains(where: { $0 == type(of: command) }) {
                throw ValidationError("Put the name of the command first, then its options.")
            }
            try command.run()
        } catch let failure as CommandFailure {
            StandardError.write(failure.message)
            exit(failure.exitCode)
        } catch {
            finish(error, of: chosen)
        }
    }

    /// Ends with what ArgumentParser threw: help and the version, which are not errors, or a usage error.
    private static func finish(_ error: any Error, of command: any ParsableCommand.Type) -> Never {
        var message = command.fullMessage(for: error)
        let code = command.exitCode(for: error)
        if code.isSuccess {
            if !message.isEmpty { print(message) }
        } else if !message.isEmpty {
            // Parsed by itself, a command takes its own name for the program's.
            if let name = command.configuration.commandName, command != Curlew.self {
                message.replace("See '\(name) ", with: "See 'curlew \(name) ")
            }
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
