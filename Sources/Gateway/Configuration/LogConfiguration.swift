// SPDX-License-Identifier: Apache-2.0

/// What is logged, how, and where to.
package struct LogConfiguration: Sendable, Equatable {
    /// The form of a record.
    package enum Format: String, Sendable, CaseIterable {
        /// `text` when the output is a terminal, else `json`.
        case auto
        /// One line for a person.
        case text
        /// One JSON object for a machine.
        case json
    }

    /// The least severe diagnostic that is still written. Access records are governed by ``LogConfiguration/access``.
    package enum Level: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// Which requests leave REQUEST and RESPONSE records.
    package enum Access: String, Sendable, CaseIterable {
        /// Every request.
        case all
        /// None. Failures still leave their ERROR record.
        case off
    }

    /// Where records go.
    package enum Output: Sendable, Equatable {
        case stdout
        case stderr
        /// Appended to the file at this path, which is created if need be.
        case file(String)
    }

    /// Default `auto`.
    package var format: Format
    /// Default `info`.
    package var level: Level
    /// Default `all`.
    package var access: Access
    /// Default `stdout`.
    package var output: Output

    package init(format: Format = .auto, level: Level = .info, access: Access = .all, output: Output = .stdout) {
        self.format = format
        self.level = level
        self.access = access
        self.output = output
    }
}
