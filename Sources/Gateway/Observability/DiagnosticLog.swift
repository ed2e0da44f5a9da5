// SPDX-License-Identifier: Apache-2.0
package import Logging

/// Where swift-log's records join Curlew's own: one ring that all threads share, under a lock, since nothing on the
/// request path logs this way.
package final class DiagnosticLog: Sendable {
    private let log: Locked<AccessLog>
    private let level: Logger.Level

    package init(sink: LogSink, readTime: @escaping @Sendable () -> WallTime = WallTime.now) {
        log = Locked(sink.makeAccessLog(readTime: readTime))
        level = Logger.Level(sink.configuration.level)
    }

    /// A handler for `LoggingSystem.bootstrap`, at the level of the configuration.
    package func handler(label: String) -> DiagnosticLogHandler {
        DiagnosticLogHandler(label: label, log: self, logLevel: level)
    }

    /// Writes what `configuration` says from now on.
    ///
    /// - Returns: The level for the loggers that write here.
    func follow(_ configuration: LogConfiguration) -> Logger.Level {
        log.withLock { $0.follow(configuration) }
        return Logger.Level(configuration.level)
    }

    fileprivate func write(_ level: LogConfiguration.Level, _ message: String, _ fields: [LogField]) {
        log.withLock { log in
            log.diagnostic(level: level, message: message, fields: fields, fieldsInText: true)
            log.commit()
        }
    }
}

/// Writes the messages of a swift-log `Logger` as INFO records, and from warning on as ERROR records.
package struct DiagnosticLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let label: String
    private let log: DiagnosticLog

    fileprivate init(label: String, log: DiagnosticLog, logLevel: Logger.Level) {
        self.label = label
        self.log = log
        self.logLevel = logLevel
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// The nearer metadata wins: the message's over the provider's over the logger's.
    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error, all["error"] == nil { all["error"] = .string("\(error)") }
        log.write(LogConfiguration.Level(event.level), event.message.description, LogField.list(all))
    }
}

extension LogField {
    /// Sorted by name, so that the same metadata always gives the same record.
    fileprivate static func list(_ metadata: Logger.Metadata) -> [LogField] {
        metadata.sorted { $0.key < $1.key }.map { LogField($0.key, Value($0.value)) }
    }
}

extension LogField.Value {
    fileprivate init(_ value: Logger.Metadata.Value) {
        switch value {
        case .string(let text): self = LogField.Value(text: text)
        case .stringConvertible(let flag as Bool): self = .boolean(flag)
        case .stringConvertible(let value): self = LogField.Value(text: value.description)
        case .array(let values): self = .list(values.map(LogField.Value.init))
        case .dictionary(let metadata): self = .object(LogField.list(metadata))
        }
    }

    /// What reads as a whole number is one, since `"\(port)"` is how numbers get into metadata. Only the usual form
    /// counts, and only what every JSON parser holds exactly (below 2^53).
    private init(text: String) {
        if let number = Int64(text), number.magnitude < 1 << 53, String(number) == text {
            self = .integer(number)
        } else {
            self = .text(text)
        }
    }
}

extension Logger.Level {
    fileprivate init(_ level: LogConfiguration.Level) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}

extension LogConfiguration.Level {
    fileprivate init(_ level: Logger.Level) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}
