// SPDX-License-Identifier: Apache-2.0

/// The parts of a JSON record that an ordinary request's does not have.
extension RecordFormatter {
    /// How many attempts are shown. There are hardly ever so many.
    private static let triesLimit = 8
    /// How much of what is said of one.
    private static let reasonLimit = 256

    /// The ids of the trace and of the gateway's span in it, behind an open string.
    mutating func jsonTrace(_ trace: TraceContext) {
        buffer.append("\",\"trace_id\":\"")
        let (id, span) = (trace.trace.hex, trace.span.hex)
        buffer.append(id.span)
        buffer.append("\",\"span_id\":\"")
        buffer.append(span.span)
    }

    /// Why the request has failed, if it has, and its attempts, if one of them has.
    mutating func jsonFailure(_ details: ExchangeDetails) {
        if let failure = details.failure {
            buffer.append(",\"error\":")
            jsonString(failure.utf8.span, limit: RecordFormatter.wordLimit)
        }
        jsonTries(details.tries)
    }

    /// Every attempt, so that one record explains what has become of the request.
    mutating func jsonTries(_ tries: [AttemptRecord]) {
        guard !tries.isEmpty else { return }
        buffer.append(",\"tries\":[")
        for (index, attempt) in tries.suffix(RecordFormatter.triesLimit).enumerated() {
            buffer.append(index == 0 ? "{\"backend\":" : ",{\"backend\":")
            jsonName(attempt.backend)
            if let span = attempt.span {
                buffer.append(",\"span_id\":\"")
                let hex = span.hex
                buffer.append(hex.span)
                buffer.append("\"")
            }
            buffer.append(",\"status\":")
            if attempt.status > 0 { buffer.append(UInt64(attempt.status)) } else { buffer.append("null") }
            buffer.append(",\"error\":")
            jsonText(attempt.error)
            buffer.append(",\"libcurl\":")
            jsonText(attempt.libcurl)
            buffer.append(",\"began_ms\":")
            buffer.append(milliseconds: attempt.beganNanoseconds / 1000)
            buffer.append(",\"duration_ms\":")
            buffer.append(milliseconds: attempt.durationNanoseconds / 1000)
            buffer.append(",\"upstream\":")
            if let upstream = attempt.upstream { jsonTimings(upstream) } else { buffer.append("null") }
            buffer.append("}")
        }
        buffer.append("]")
    }

    /// The header fields that were noted.
    mutating func jsonNotes() {
        let notes = notes
        jsonEntries(notes.request, ",\"headers\":{")
        jsonEntries(notes.response, ",\"response_headers\":{")
    }

    private mutating func jsonEntries(_ entries: [NotedFields.Entry], _ start: StaticString) {
        guard !entries.isEmpty else { return }
        buffer.append(start)
        var isFirst = true
        for entry in entries where entry.isThere {
            if !isFirst { buffer.append(",") }
            isFirst = false
            jsonString(entry.name.span, limit: RecordFormatter.wordLimit)
            buffer.append(":")
            jsonString(entry.value.span, limit: RecordFormatter.wordLimit)
        }
        buffer.append("}")
    }

    private mutating func jsonText(_ text: String?) {
        guard let text else { return buffer.append("null") }
        jsonString(text.utf8.span, limit: RecordFormatter.reasonLimit)
    }
}
