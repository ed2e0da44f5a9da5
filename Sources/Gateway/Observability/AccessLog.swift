// SPDX-License-Identifier: Apache-2.0

/// One thread's writer of log records.
///
/// It builds each record in memory of its own and puts it into its ring: no allocation, no lock, no waiting. After the
/// records of one turn of the event loop the thread calls ``commit()`` once. Records may reach the output before that,
/// but only a commit promises that they do.
///
/// What is written follows the configuration: REQUEST, RESPONSE and MIRROR obey ``LogConfiguration/access``, every other record
/// ``LogConfiguration/level``. It belongs to one thread at a time.
package final class AccessLog {
    private let sink: LogSink
    private let ring: LogRing
    private let readTime: @Sendable () -> WallTime
    private var logsExchanges: Bool
    private var minimumSeverity: Int
    private var formatter: RecordFormatter
    private var isDirty = false

    init(sink: LogSink, ring: LogRing, readTime: @escaping @Sendable () -> WallTime) {
        self.sink = sink
        self.ring = ring
        self.readTime = readTime
        logsExchanges = sink.configuration.access == .all
        minimumSeverity = sink.configuration.level.severity
        formatter = RecordFormatter(isJSON: sink.format == .json)
    }

    /// Writes what `configuration` says from now on; its format and output are those of the sink.
    func follow(_ configuration: LogConfiguration) {
        logsExchanges = configuration.access == .all
        minimumSeverity = configuration.level.severity
    }

    /// REQUEST: the request now goes to its first backend. Of `summary` it shows the identity, backend and pool.
    /// Method and target are as the client sent them: they are escaped here, and cut (see
    /// ``RecordFormatter/targetLimit``).
    package func request(method: Span<UInt8>, target: Span<UInt8>, _ summary: borrowing ExchangeSummary) {
        guard logsExchanges else { return }
        formatter.start(at: readTime())
        formatter.request(method, target, summary)
        publish()
    }

    /// RESPONSE: the request is over. Shows all of `summary`.
    /// Method and target are as the client sent them, and empty when the request was too malformed to have them.
    package func response(method: Span<UInt8>, target: Span<UInt8>, _ summary: borrowing ExchangeSummary) {
        guard logsExchanges else { return }
        formatter.start(at: readTime())
        formatter.response(method, target, summary)
        publish()
    }

    /// MIRROR: the copy of a request is over. Of `summary` it shows the identity, backend, pool, status and body sizes, which
    /// are the copy's. `error` is why there was no answer.
    package func mirror(
        method: Span<UInt8>,
        target: Span<UInt8>,
        _ summary: borrowing ExchangeSummary,
        error: String?
    ) {
        guard logsExchanges else { return }
        formatter.start(at: readTime())
        formatter.mirror(method, target, summary, error: error)
        publish()
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
        publish()
    }

    /// HEALTH: a backend's health has changed. Not for probes that change nothing.
    package func health(backend: [UInt8], healthy: Bool, finding: HealthFinding) {
        guard writes(healthy ? .info : .warning) else { return }
        formatter.start(at: readTime())
        formatter.health(backend: backend, healthy: healthy, finding: finding)
        publish()
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
    /// too, as `name=value`; without it the message says all there is.
    package func diagnostic(
        level: LogConfiguration.Level,
        message: String,
        fields: [LogField] = [],
        fieldsInText: Bool = false
    ) {
        guard writes(level) else { return }
        formatter.start(at: readTime())
        formatter.diagnostic(level, message, fields: fields, fieldsInText: fieldsInText)
        if formatter.buffer.overflowed {
            // Rather the message alone than nothing.
            let count = LogField("fields_omitted", .integer(Int64(fields.count)))
            formatter.start(at: formatter.time)
            formatter.diagnostic(level, message, fields: [count], fieldsInText: fieldsInText)
        }
        publish()
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

    private func publish() {
        formatter.buffer.write(to: ring)
        isDirty = true
        // A turn that writes more than half a ring must not find the log thread asleep.
        if ring.used > ring.capacity / 2 { commit() }
    }
}
