// SPDX-License-Identifier: Apache-2.0

/// Where a configuration can be read from again while the gateway runs: the same file, with the same flags and environment.
package struct ConfigurationSource {
    /// Reads and validates it. Called on the control thread.
    package let read: () throws(ConfigurationRefused) -> GatewayConfiguration
    /// The path of the file that it is in; `nil` where flags and environment say all.
    package let file: String?

    package init(
        file: String?,
        read: @escaping () throws(ConfigurationRefused) -> GatewayConfiguration
    ) {
        self.file = file
        self.read = read
    }
}

/// Why a configuration is not taken. Nothing has changed.
package struct ConfigurationRefused: Error, Sendable, Equatable {
    /// One thing that is wrong.
    package struct Problem: Sendable, Equatable {
        /// One line: where, what, and what to do about it.
        package let text: String
        /// What, and what to do about it.
        package let message: String
        /// Where it stands in the text of the configuration, both counted from 1; `nil` for what stands elsewhere.
        package let place: (line: Int, column: Int)?

        package init(_ text: String, message: String? = nil, place: (line: Int, column: Int)? = nil) {
            self.text = text
            self.message = message ?? text
            self.place = place
        }

        package static func == (left: Problem, right: Problem) -> Bool { left.text == right.text }
    }

    /// Never empty.
    package let problems: [Problem]

    package init(_ problems: [Problem]) {
        self.problems = problems
    }

    package init(_ problem: String) {
        self.init([Problem(problem)])
    }
}
