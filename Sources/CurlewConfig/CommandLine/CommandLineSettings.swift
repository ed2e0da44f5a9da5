// SPDX-License-Identifier: Apache-2.0

/// What the command line says, as it was written.
package struct CommandLineSettings: Sendable, Equatable {
    package var config: String?
    /// Empty when the flag is not given.
    package var listen: [String]
    /// Empty when the flag is not given.
    package var backends: [String]
    package var strategy: String?
    package var workers: String?
    package var logFormat: String?
    package var logLevel: String?

    package init(
        config: String? = nil,
        listen: [String] = [],
        backends: [String] = [],
        strategy: String? = nil,
        workers: String? = nil,
        logFormat: String? = nil,
        logLevel: String? = nil
    ) {
        self.config = config
        self.listen = listen
        self.backends = backends
        self.strategy = strategy
        self.workers = workers
        self.logFormat = logFormat
        self.logLevel = logLevel
    }
}
