// SPDX-License-Identifier: Apache-2.0

/// A named value beside the message of an INFO or diagnostic record.
package struct LogField: Sendable, Equatable {
    /// A value in the shape of JSON.
    package indirect enum Value: Sendable, Equatable {
        case integer(Int64)
        case boolean(Bool)
        case text(String)
        case list([Value])
        case object([LogField])
    }

    package var name: String
    package var value: Value

    package init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}

extension LogConfiguration.Level {
    /// Its place among the levels: higher is more severe.
    var severity: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }

    /// The category that a diagnostic of this level has in the log, which knows only two for them.
    var category: StaticString { severity >= LogConfiguration.Level.warning.severity ? "ERROR" : "INFO" }
}
