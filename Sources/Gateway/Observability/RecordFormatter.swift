// SPDX-License-Identifier: Apache-2.0

/// Builds records, one at a time, in a buffer of its own. It knows the two forms and nothing of threads or outputs.
///
/// ``start(at:)`` begins a record; each of the other functions then leaves the whole line in ``buffer``.
struct RecordFormatter: ~Copyable {
    /// How much of a method and of a request target is logged, in bytes before escaping. What is longer is cut.
    static let methodLimit = 64
    static let targetLimit = 8192
    /// How much of a reason or a name, and of a message, is logged.
    static let wordLimit = 1024
    static let messageLimit = 8192

    var buffer: RecordBuffer
    var clock = WallClock()
    /// Of the record.
    private(set) var time = WallTime(seconds: 0)
    let isJSON: Bool
    /// What is not shown of targets.
    var redaction = Redaction(.nothing)
    /// The header fields that the next RESPONSE shows.
    var notes = NotedFields(LogConfiguration()) {
        didSet { showsFields = !notes.isEmpty }
    }
    /// There are any.
    private(set) var showsFields = false
    /// Of the two forms of an access log, the longer one.
    var isCombined = false

    init(isJSON: Bool, capacity: Int = 256 * 1024) {
        self.isJSON = isJSON
        buffer = RecordBuffer(capacity: capacity)
    }

    /// Forgets the last record and sets the time of the next.
    mutating func start(at time: WallTime) {
        buffer.removeAll()
        self.time = time
    }

    /// A request that now goes to its first backend.
    mutating func request(_ method: Span<UInt8>, _ target: Span<UInt8>, _ summary: borrowing ExchangeSummary) {
        if isJSON {
            begin("\"level\":\"info\",\"category\":\"REQUEST\"")
            exchange(method, target, summary)
            buffer.append(",\"backend\":")
            jsonName(summary.backend)
            buffer.append(",\"pool\":")
            jsonName(summary.pool)
            return buffer.append("}\n")
        }
        buffer.append("REQUEST: ")
        textWords(method, target)
        buffer.append(" -> ")
        textName(summary.backend)
        buffer.append("\n")
    }

    /// A request that is over, with the status that the client was sent.
    mutating func response(_ method: Span<UInt8>, _ target: Span<UInt8>, _ summary: borrowing ExchangeSummary) {
        if isJSON { return jsonResponse(method, target, summary) }
        buffer.append("RESPONSE: ")
        textWords(method, target)
        buffer.append(" <- ")
        textName(summary.backend)
        buffer.append(" [")
        if summary.status > 0 { buffer.append(UInt64(summary.status)) } else { buffer.append("-") }
        buffer.append("] ")
        buffer.append(summary.durationNanoseconds / 1_000_000)
        buffer.append("ms")
        if let limit = summary.exceededInDryRun {
            buffer.append(" beyond the limit ")
            textName(limit)
            buffer.append(" (dry run)")
        }
        if summary.isSlow { buffer.append(" slow") }
        buffer.append("\n")
    }

    /// An attempt that failed, and where the request goes next if it does.
    mutating func failure(
        _ method: Span<UInt8>,
        _ target: Span<UInt8>,
        _ summary: borrowing ExchangeSummary,
        reason: String,
        retryingOn next: [UInt8]?
    ) {
        if isJSON {
            begin("\"level\":\"error\",\"category\":\"ERROR\"")
            exchange(method, target, summary)
            buffer.append(",\"backend\":")
            jsonName(summary.backend)
            buffer.append(",\"pool\":")
            jsonName(summary.pool)
            buffer.append(",\"attempts\":")
            buffer.append(Int64(summary.attempts))
            buffer.append(",\"error\":")
            jsonString(reason.utf8.span, limit: RecordFormatter.wordLimit)
            buffer.append(",\"retrying_on\":")
            jsonName(next)
            if next == nil, let details = summary.details { jsonTries(details.tries) }
            return buffer.append("}\n")
        }
        buffer.append("ERROR: ")
        textWords(method, target)
        buffer.append(" x ")
        textName(summary.backend)
        buffer.append(" - ")
        text(reason.utf8.span, limit: RecordFormatter.wordLimit, as: .textMessage)
        if let next {
            buffer.append(", retrying on ")
            textName(next)
        }
        buffer.append("\n")
    }

    /// A backend whose health has changed.
    mutating func health(backend: [UInt8], healthy: Bool, finding: HealthFinding) {
        if isJSON { return jsonHealth(backend: backend, healthy: healthy, finding: finding) }
        buffer.append("HEALTH: ")
        if healthy { buffer.append("HEALTHY ") } else { buffer.append("UNHEALTHY ") }
        textName(backend)
        switch finding {
        case .status(let status):
            buffer.append(" - status: ")
            buffer.append(Int64(status))
        case .error(let reason):
            buffer.append(" - ")
            text(reason.utf8.span, limit: RecordFormatter.wordLimit, as: .textMessage)
        }
        buffer.append("\n")
    }

    /// A message of the gateway itself. `fieldsInText` says whether the text form shows the fields too.
    mutating func diagnostic(
        _ level: LogConfiguration.Level,
        _ message: String,
        fields: [LogField],
        fieldsInText: Bool
    ) {
        if isJSON { return jsonDiagnostic(level, message, fields: fields) }
        buffer.append(level.category)
        buffer.append(": ")
        text(message.utf8.span, limit: RecordFormatter.messageLimit, as: .textMessage)
        if fieldsInText {
            for field in fields {
                buffer.append(" ")
                text(field.name.utf8.span, limit: RecordFormatter.wordLimit, as: .textWord)
                buffer.append("=")
                textValue(field.value)
            }
        }
        buffer.append("\n")
    }
}

/// What told the health of a backend.
package enum HealthFinding: Sendable, Equatable {
    /// It answered with this status.
    case status(Int)
    /// It did not answer, or not with HTTP: the reason, e.g. `Connection refused`.
    case error(String)
}
