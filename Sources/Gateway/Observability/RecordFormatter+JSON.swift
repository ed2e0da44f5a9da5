// SPDX-License-Identifier: Apache-2.0

/// The parts of a JSON record. Gateway.docc/LogSchema.md is their contract.
extension RecordFormatter {
    /// Names that a field beside a message must not have.
    private static let reserved: Set<String> = ["time", "level", "category", "message"]
    /// Structures in metadata that are nested more deeply than this show as null.
    private static let depthLimit = 16

    /// `{"time":"…",` and what follows it.
    @inline(__always)
    mutating func begin(_ rest: StaticString) {
        buffer.append("{\"time\":\"")
        let stamp = clock.timestamp(time)
        buffer.append(stamp.span)
        buffer.append(".")
        buffer.append(UInt64(time.nanoseconds / 1000), digits: 6)
        buffer.append("Z\",")
        buffer.append(rest)
    }

    /// What the records of one request have in common.
    mutating func exchange(_ method: Span<UInt8>, _ target: Span<UInt8>, _ summary: borrowing ExchangeSummary) {
        buffer.append(",\"request_id\":\"")
        let hex = summary.requestID.hex
        buffer.append(hex.span)
        if let details = summary.details, let trace = details.trace { jsonTrace(trace) }
        buffer.append("\",\"client\":")
        summary.client.withBytes { jsonWord($0, limit: RecordFormatter.wordLimit) }
        buffer.append(",\"method\":")
        jsonWord(method, limit: RecordFormatter.methodLimit)
        buffer.append(",\"path\":")
        if redaction.isNeeded {
            redaction.apply(target)
            let shown = redaction.result
            jsonWord(shown.span, limit: RecordFormatter.targetLimit)
        } else {
            jsonWord(target, limit: RecordFormatter.targetLimit)
        }
        if target.count > RecordFormatter.targetLimit {
            buffer.append(",\"path_bytes\":")
            buffer.append(UInt64(target.count))
        }
    }

    /// What was answered, and by whom.
    mutating func jsonAnswer(_ summary: borrowing ExchangeSummary) {
        buffer.append(",\"status\":")
        if summary.status > 0 { buffer.append(UInt64(summary.status)) } else { buffer.append("null") }
        buffer.append(",\"backend\":")
        jsonName(summary.backend)
        buffer.append(",\"pool\":")
        jsonName(summary.pool)
        if let route = summary.route {
            buffer.append(",\"route\":")
            jsonName(route)
        }
    }

    mutating func jsonResponse(
        _ method: Span<UInt8>,
        _ target: Span<UInt8>,
        _ summary: borrowing ExchangeSummary
    ) {
        begin("\"level\":\"info\",\"category\":\"RESPONSE\"")
        exchange(method, target, summary)
        jsonAnswer(summary)
        buffer.append(",\"attempts\":")
        buffer.append(Int64(summary.attempts))
        buffer.append(",\"bytes_in\":")
        buffer.append(summary.bytesIn)
        buffer.append(",\"bytes_out\":")
        buffer.append(summary.bytesOut)
        buffer.append(",\"duration_ms\":")
        buffer.append(milliseconds: summary.durationNanoseconds / 1000)
        if summary.isSlow { buffer.append(",\"slow\":true") }
        if let queued = summary.queuedNanoseconds {
            buffer.append(",\"queue_ms\":")
            buffer.append(milliseconds: queued / 1000)
        }
        if let limit = summary.limit {
            buffer.append(",\"limit\":")
            jsonName(limit)
        }
        if let limit = summary.exceededInDryRun {
            buffer.append(",\"limit_dry_run\":")
            jsonName(limit)
        }
        buffer.append(",\"upstream\":")
        if let upstream = summary.upstream { jsonTimings(upstream) } else { buffer.append("null") }
        if let details = summary.details { jsonFailure(details) }
        if showsFields { jsonNotes() }
        buffer.append("}\n")
    }

    mutating func jsonTimings(_ timings: UpstreamTimings) {
        if timings.reused { buffer.append("{\"reused\":true") } else { buffer.append("{\"reused\":false") }
        buffer.append(",\"dns_ms\":")
        buffer.append(shortMilliseconds: timings.dns)
        buffer.append(",\"connect_ms\":")
        buffer.append(shortMilliseconds: timings.connect)
        buffer.append(",\"tls_ms\":")
        buffer.append(shortMilliseconds: timings.tls)
        buffer.append(",\"first_byte_ms\":")
        buffer.append(shortMilliseconds: timings.firstByte)
        buffer.append(",\"total_ms\":")
        buffer.append(shortMilliseconds: timings.total)
        buffer.append("}")
    }

    mutating func jsonHealth(backend: [UInt8], healthy: Bool, finding: HealthFinding) {
        if healthy {
            begin("\"level\":\"info\",\"category\":\"HEALTH\",\"backend\":")
        } else {
            begin("\"level\":\"warning\",\"category\":\"HEALTH\",\"backend\":")
        }
        jsonName(backend)
        if healthy { buffer.append(",\"healthy\":true") } else { buffer.append(",\"healthy\":false") }
        switch finding {
        case .status(let status):
            buffer.append(",\"status\":")
            buffer.append(Int64(status))
            buffer.append(",\"error\":null")
        case .error(let reason):
            buffer.append(",\"status\":null,\"error\":")
            jsonString(reason.utf8.span, limit: RecordFormatter.wordLimit)
        }
        buffer.append("}\n")
    }

    mutating func jsonDiagnostic(
        _ level: LogConfiguration.Level,
        _ message: String,
        fields: [LogField]
    ) {
        begin("\"level\":")
        jsonString(level.rawValue.utf8.span, limit: RecordFormatter.wordLimit)
        buffer.append(",\"category\":\"")
        buffer.append(level.category)
        buffer.append("\",\"message\":")
        jsonString(message.utf8.span, limit: RecordFormatter.messageLimit)
        for field in fields {
            buffer.append(",")
            // Twice the same name would make the object mean one thing to one parser and another to the next.
            let name = RecordFormatter.reserved.contains(field.name) ? field.name + "_" : field.name
            jsonString(name.utf8.span, limit: RecordFormatter.wordLimit)
            buffer.append(":")
            jsonValue(field.value)
        }
        buffer.append("}\n")
    }

    /// A name from the configuration, or null.
    mutating func jsonName(_ name: [UInt8]?) {
        guard let name else { return buffer.append("null") }
        jsonString(name.span, limit: RecordFormatter.wordLimit)
    }

    /// A word of the client as a string, or null when there is none.
    mutating func jsonWord(_ bytes: Span<UInt8>, limit: Int) {
        if bytes.count > 0 { jsonString(bytes, limit: limit) } else { buffer.append("null") }
    }

    /// Escaped bytes between quotation marks. Where they are cut they end in `…`.
    mutating func jsonString(_ bytes: Span<UInt8>, limit: Int) {
        buffer.append("\"")
        if bytes.count > limit {
            buffer.append(bytes.extracting(first: RecordFormatter.cut(bytes, limit: limit)), as: .json)
            buffer.append("…")
        } else {
            buffer.append(bytes, as: .json)
        }
        buffer.append("\"")
    }

    mutating func jsonValue(_ value: LogField.Value, depth: Int = 0) {
        guard depth < RecordFormatter.depthLimit else { return buffer.append("null") }
        switch value {
        case .integer(let number): buffer.append(number)
        case .boolean(let flag): if flag { buffer.append("true") } else { buffer.append("false") }
        case .text(let text): jsonString(text.utf8.span, limit: RecordFormatter.wordLimit)
        case .list(let values):
            buffer.append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { buffer.append(",") }
                jsonValue(value, depth: depth + 1)
            }
            buffer.append("]")
        case .object(let fields):
            buffer.append("{")
            for (index, field) in fields.enumerated() {
                if index > 0 { buffer.append(",") }
                jsonString(field.name.utf8.span, limit: RecordFormatter.wordLimit)
                buffer.append(":")
                jsonValue(field.value, depth: depth + 1)
            }
            buffer.append("}")
        }
    }
}
