// SPDX-License-Identifier: Apache-2.0

/// One thread's writer of log records.
///
/// It builds each record in memory of its own and puts it into its ring: no allocation, no lock, no waiting. After the
/// records of one turn of the event loop the thread calls ``commit()`` once. Records may reach the output before that,
/// but only a commit promises that they do.
///
/// What is written follows the configuration: REQUEST, RESPONSE and MIRROR obey ``LogConfiguration/access`` and
/// ``LogConfiguration/samplePercent``, every other record ``LogConfiguration/level``. It belongs to one thread at a time.
package final class AccessLog {
    private let sink: LogSink
    private let ring: LogRing
    /// Where everything goes that is no line of an access log; ``ring`` in the forms that are not one.
    private let messages: LogRing
    private let readTime: @Sendable () -> WallTime
    private var access: LogConfiguration.Access
    private var samplePercent: UInt64
    private var minimumSeverity: Int
    /// One line for each request, in a form that other programs know.
    private let isAccessForm: Bool
    private var formatter: RecordFormatter
    private var isDirty = false

    /// A request that takes so many nanoseconds is slow.
    package private(set) var slowNanoseconds: UInt64
    /// Before ``response(method:target:_:)`` somebody is to go through the header fields; see
    /// ``noteRequest(field:value:)``.
    package private(set) var wantsFields: Bool
    /// The same for the user whom the request names; see ``note(user:)``.
    package private(set) var wantsUser: Bool

    /// `messages` differs from `ring` where the format is one of an access log.
    init(sink: LogSink, ring: LogRing, messages: LogRing, readTime: @escaping @Sendable () -> WallTime) {
        self.sink = sink
        self.ring = ring
        self.messages = messages
        self.readTime = readTime
        let configuration = sink.configuration
        access = configuration.access
        samplePercent = UInt64(configuration.samplePercent)
        minimumSeverity = configuration.level.severity
        isAccessForm = sink.format == .common || sink.format == .combined
        slowNanoseconds = configuration.slow.map { $0.logNanoseconds } ?? .max
        formatter = RecordFormatter(isJSON: sink.format == .json)
        formatter.redaction = Redaction(configuration.redaction.query)
        formatter.notes = NotedFields(configuration)
        formatter.isCombined = sink.format == .combined
        wantsFields = !formatter.notes.isEmpty
        wantsUser = formatter.notes.wantsUser
    }

    /// Writes what `configuration` says from now on; its format and output are those of the sink.
    func follow(_ configuration: LogConfiguration) {
        access = configuration.access
        samplePercent = UInt64(configuration.samplePercent)
        minimumSeverity = configuration.level.severity
        slowNanoseconds = configuration.slow.map { $0.logNanoseconds } ?? .max
        formatter.redaction = Redaction(configuration.redaction.query)
        formatter.notes = NotedFields(configuration)
        wantsFields = !formatter.notes.isEmpty
        wantsUser = formatter.notes.wantsUser
    }

    // MARK: What the RESPONSE record shows of header fields

    /// A header field of the request whose RESPONSE is next. Kept if the record shows it.
    package func noteRequest(field name: Span<UInt8>, value: Span<UInt8>) { formatter.notes.noteRequest(name, value) }

    /// The same for a field of the backend's response.
    package func noteResponse(field name: Span<UInt8>, value: Span<UInt8>) { formatter.notes.noteResponse(name, value) }

    /// The user whom the request names.
    package func note(user: String) { formatter.notes.note(user: user) }

    // MARK: Records

    /// REQUEST: the request now goes to its first backend. Of `summary` it shows the identity, backend and pool.
    /// Method and target are as the client sent them: they are escaped here, and cut (see
    /// ``RecordFormatter/targetLimit``).
    package func request(method: Span<UInt8>, target: Span<UInt8>, _ summary: borrowing ExchangeSummary) {
        guard logs(summary), !isAccessForm, isDrawn(summary.requestID) else { return }
        formatter.start(at: readTime())
        formatter.request(method, target, summary)
        publish(to: messages)
    }

    /// RESPONSE: the request is over. Shows all of `summary`, and the fields that were noted.
    /// Method and target are as the client sent them, and empty when the request was too malformed to have them.
    package func response(method: Span<UInt8>, target: Span<UInt8>, _ summary: borrowing ExchangeSummary) {
        if logs(summary), isDrawn(summary.requestID) || summary.isRemarkable {
            formatter.start(at: readTime())
            if isAccessForm {
                formatter.accessLine(method, target, summary)
            } else {
                formatter.response(method, target, summary)
            }
            publish(to: ring)
        }
        if wantsFields { formatter.notes.removeAll() }
    }

    /// MIRROR: the copy of a request is over. Of `summary` it shows the identity, backend, pool, status and body sizes, which
    /// are the copy's. `error` is why there was no answer.
    package func mirror(
        method: Span<UInt8>,
        target: Span<UInt8>,
        _ summary: borrowing ExchangeSummary,
        error: String?
    ) {
        guard logs(summary), !isAccessForm,
            isDrawn(summary.requestID) || error != nil || summary.isRemarkable
        else { return }
        formatter.start(at: readTime())
        formatter.mirror(method, target, summary, error: error)
        publish(to: messages)
    }

    /// ERROR: an attempt failed. Of `summary` it shows the identity, the backend that failed, the pool and the
    /// attempts.
    ///
    /// `reason` is what happened, e.g. `Connection refused`; `next` names the backend that is tried next, if one is.
    package func failure(
        method: Span<UInt8>,
        target: Span<UInt8>,
        _ summary: borrowing ExchangeSummary,
        reason: String,
        retryingOn next: [UInt8]?
    ) {
        guard writes(.error) else { return }
        formatter.start(at: readTime())
        formatter.failure(method, target, summary, reason: reason, retryingOn: next)
        publish(to: messages)
    }

    /// HEALTH: a backend's health has changed. Not for probes that change nothing.
    package func health(backend: [UInt8], pool: [UInt8], healthy: Bool, finding: HealthFinding) {
        guard writes(healthy ? .info : .warning) else { return }
        formatter.start(at: readTime())
        formatter.health(backend: backend, pool: pool, healthy: healthy, finding: finding)
        publish(to: messages)
    }

    /// INFO: a message of the gateway, at level info.
    ///
    /// - Parameters:
    ///   - message: A sentence that says all there is: the text form shows nothing else.
    ///   - fields: The values in the sentence, for machines: in the JSON form only.
    package func info(_ message: String, fields: [LogField] = []) {
        diagnostic(level: .info, message: message, fields: fields)
    }

    /// INFO, or from warning on ERROR: a message of the gateway. With `fieldsInText` the text form shows the fields
    /// too, as `name=value`; without it the message says all there is. With `atAnyLevel` it is written whatever the level
    /// of the log is: what was done, and by whom, nobody hides by asking for less.
    package func diagnostic(
        level: LogConfiguration.Level,
        message: String,
        fields: [LogField] = [],
        fieldsInText: Bool = false,
        atAnyLevel: Bool = false
    ) {
        guard atAnyLevel || writes(level) else { return }
        formatter.start(at: readTime())
        formatter.diagnostic(level, message, fields: fields, fieldsInText: fieldsInText)
        if formatter.buffer.overflowed {
            // Rather the message alone than nothing.
            let count = LogField("fields_omitted", .integer(Int64(fields.count)))
            formatter.start(at: formatter.time)
            formatter.diagnostic(level, message, fields: [count], fieldsInText: fieldsInText)
        }
        publish(to: messages)
    }

    /// Sees to it that the records written so far reach the output. Once for each turn of the event loop; costs next to
    /// nothing when there are none.
    package func commit() {
        guard isDirty else { return }
        isDirty = false
        sink.wakeIfSleeping()
    }

    private func writes(_ level: LogConfiguration.Level) -> Bool {
        level.severity >= minimumSeverity
    }

    /// Whether the request's route, or else the gateway, has its requests logged.
    private func logs(_ summary: borrowing ExchangeSummary) -> Bool { (summary.access ?? access) == .all }

    /// Whether the request is one of those that are logged though nothing is remarkable about them. Ids are random.
    private func isDrawn(_ id: RequestID) -> Bool { samplePercent >= 100 || (id.low >> 32) % 100 < samplePercent }

    private func publish(to ring: LogRing) {
        formatter.buffer.write(to: ring)
        isDirty = true
        // A turn that writes more than half a ring must not find the log thread asleep.
        if ring.used > ring.capacity / 2 { commit() }
    }
}

extension Duration {
    /// Rounded down; beyond what 64 bits hold, the most that they do.
    fileprivate var logNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0, seconds < 1 << 32 else { return .max }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
