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
    /// One line each: where, what, and what to do about it. Never empty.
    package let problems: [String]

    package init(_ problems: [String]) {
        self.problems = problems
    }
}
