// SPDX-License-Identifier: Apache-2.0

/// The record of a mirrored request's copy.
extension RecordFormatter {
    /// A copy that is over: answered with the summary's status, or not because of `error`.
    mutating func mirror(
        _ method: Span<UInt8>,
        _ target: Span<UInt8>,
        _ summary: borrowing ExchangeSummary,
        error: String?
    ) {
        if isJSON { return jsonMirror(method, target, summary, error: error) }
        buffer.append("MIRROR: ")
        textWords(method, target)
        if let error {
            buffer.append(" x ")
            textName(summary.backend)
            buffer.append(" - ")
            text(error.utf8.span, limit: RecordFormatter.wordLimit, as: .textMessage)
        } else {
            buffer.append(" <- ")
            textName(summary.backend)
            buffer.append(" [")
            buffer.append(Int64(summary.status))
            buffer.append("] ")
            buffer.append(summary.durationNanoseconds / 1_000_000)
            buffer.append("ms")
        }
        buffer.append("\n")
    }

    private mutating func jsonMirror(
        _ method: Span<UInt8>,
        _ target: Span<UInt8>,
        _ summary: borrowing ExchangeSummary,
        error: String?
    ) {
        if error == nil {
            begin("\"level\":\"info\",\"category\":\"MIRROR\"")
        } else {
            begin("\"level\":\"warning\",\"category\":\"MIRROR\"")
        }
        exchange(method, target, summary)
        jsonAnswer(summary)
        buffer.append(",\"bytes_in\":")
        buffer.append(summary.bytesIn)
        buffer.append(",\"bytes_out\":")
        buffer.append(summary.bytesOut)
        buffer.append(",\"duration_ms\":")
        buffer.append(milliseconds: summary.durationNanoseconds / 1000)
        buffer.append(",\"error\":")
        if let error { jsonString(error.utf8.span, limit: RecordFormatter.wordLimit) } else { buffer.append("null") }
        buffer.append(",\"upstream\":")
        if let upstream = summary.upstream { jsonTimings(upstream) } else { buffer.append("null") }
        buffer.append("}\n")
    }
}
