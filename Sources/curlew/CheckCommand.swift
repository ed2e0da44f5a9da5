// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CurlewConfig
import Foundation

/// `curlew check FILE`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        _superCommandName: "curlew",
        abstract: "Validate a configuration file: print every problem in it, or what it comes to.",
        discussion: """
            Each problem is one line, FILE:LINE:COLUMN: what is wrong (hint: what to do). A valid file is printed with \
            every default filled in and its secrets as ***, with notes on what may not be meant so, and the routes in the \
            order in which they are tried. Of the environment only variables that the file names as ${NAME} count. Exit \
            codes: 0 the file is valid, 1 it is not.
            """
    )

    @Argument(help: "The file to validate.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    func run() throws {
        do {
            let environment = ProcessInfo.processInfo.environment
            let checked = try ConfigurationLoader.check(file: file, environment: environment)
            print(checked.report(file: file), terminator: "")
        } catch {
            throw CommandFailure(message: error.description, exitCode: 1)
        }
    }
}
