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
        /// Apache's Common Log Format for requests; messages go to standard error as text.
        case common
        /// Apache's combined format, which has Referer and User-Agent too; messages as with ``common``.
        case combined
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

    /// The share of successful requests that leave REQUEST and RESPONSE records, in per cent. What has failed, has a status of
    /// 400 or more or was slow is logged all the same. Default 100.
    package var samplePercent = 100
    /// Requests that take this long or longer are marked as slow, and always logged. Default `nil`: none is.
    package var slow: Duration?
    /// What is not shown as it came.
    package var redaction = LogRedaction()
    /// The request's header fields that RESPONSE records show, in JSON. Default: none.
    package var headers: [String] = []
    /// The same of the backend's response. Default: none.
    package var responseHeaders: [String] = []

    package init(format: Format = .auto, level: Level = .info, access: Access = .all, output: Output = .stdout) {
        self.format = format
        self.level = level
        self.access = access
        self.output = output
    }
}

/// What the log shows of requests only as `***`.
package struct LogRedaction: Sendable, Equatable {
    /// Which part of a query.
    package enum Query: Sendable, Equatable {
        case nothing
        /// All behind the question mark.
        case all
        /// The values of these parameters; their names are compared as a backend reads them, and without regard to case.
        case parameters([String])
    }

    /// In request targets, and in what Referer says. Default: nothing.
    package var query = Query.nothing
    /// The values of these header fields, beside those of ``credentials``. Default: none.
    package var headers: [String] = []

    /// Fields whose values are never shown.
    package static let credentials = ["authorization", "proxy-authorization", "cookie", "set-cookie"]

    /// Whether the values of fields of this name are never shown.
    package static func isCredential(_ name: String) -> Bool { credentials.contains(name.lowercased()) }

    package init() {}
}
