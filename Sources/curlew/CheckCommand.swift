// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig

/// `curlew check FILE`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        _superCommandName: "curlew",
        abstract: "Validate a configuration file and print every problem in it.",
        discussion: """
            Each problem is one line, FILE:LINE:COLUMN: what is wrong (hint: what to do). Options and the environment \
            are left out of account. Exit codes: 0 the file is valid, 1 it is not.
            """
    )

    @Argument(help: "The file to validate.")
    var file: String

    func run() throws {
        do {
            let configuration = try ConfigurationLoader.check(file: file)
            print("\(file) is valid: \(configuration.summary)")
        } catch {
            throw CommandFailure(message: error.description, exitCode: 1)
        }
    }
}
