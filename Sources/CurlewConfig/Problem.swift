// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong with a configuration: where it stands, what it is, and what to do about it.
package struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// Where the offending text was given.
    package enum Origin: Sendable, Equatable {
        /// A place in a file. Lines and columns count from 1; columns count Unicode scalars, as editors do.
        case position(file: String, line: Int, column: Int)
        /// A file as a whole, such as one that cannot be read.
        case file(String)
        /// A flag of the command line, such as `--listen`.
        case flag(String)
        /// A variable of the environment, such as `CURLEW_LISTEN`.
        case variable(String)
    }

    package let origin: Origin
    /// What is wrong, beginning with the key where there is one.
    package let message: String
    /// What to write instead.
    package let hint: String

    package init(_ origin: Origin, _ message: String, hint: String) {
        self.origin = origin
        self.message = message
        self.hint = hint
    }

    /// One line. A problem with a place begins with `file:line:column:`, the form that editors make a link of.
    package var description: String {
        let text = "\(message) (hint: \(hint))"
        return switch origin {
        case .position(let file, let line, let column): "\(file.escaped):\(line):\(column): \(text)"
        case .file(let name): "curlew: \(name.isEmpty ? name.quoted : name.escaped): \(text)"
        case .flag(let name), .variable(let name): "curlew: \(name): \(text)"
        }
    }
}

/// Why there is no configuration: every problem that was found, in the order of the text.
package struct ConfigurationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never empty.
    package let problems: [Problem]

    package init(_ problems: [Problem]) {
        self.problems = problems
    }

    /// One line for each problem.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }

    /// 2, a usage error, when a flag is at fault; else 78, the `EX_CONFIG` of sysexits.h: a bad configuration.
    package var exitCode: Int32 {
        let usage = problems.contains { problem in
            if case .flag = problem.origin { true } else { false }
        }
        return usage ? 2 : 78
    }
}
