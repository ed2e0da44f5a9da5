// SPDX-License-Identifier: Apache-2.0

/// Builds one span at a time as a line of OTLP's JSON (opentelemetry-proto, `Span`; the mapping is that of protobuf, but ids are
/// hex, numbers of 64 bits are strings and enumerations numbers).
///
/// ``begin(_:)``, attributes, perhaps events, and ``end(at:error:)``, in this order.
struct SpanWriter: ~Copyable {
    /// `SpanKind`.
    enum Kind: Int64 {
        case server = 2
        case client = 3
    }

    /// What a span is at its beginning.
    struct Head {
        var kind: Kind
        var context: TraceContext
        var span: SpanID
        /// `nil` for the first span of its trace.
        var parent: SpanID?
        /// ``parent`` was made by somebody else.
        var isParentRemote = false
        /// Nanoseconds since 1970.
        var start: UInt64
    }

    /// How much of a text is sent, in bytes before escaping.
    static let textLimit = 4096

    var buffer: RecordBuffer
    private var isFirst = true

    /// The default holds the longest span: four texts of a client at six bytes for one, and the rest.
    init(capacity: Int = 160 * 1024) {
        buffer = RecordBuffer(capacity: capacity)
    }

    /// The name is the method, or `HTTP` for one that nobody knows: OpenTelemetry's conventions for HTTP spans, "Name".
    mutating func begin(_ head: Head, name: Span<UInt8>) {
        buffer.removeAll()
        isFirst = true
        buffer.append("{\"traceId\":\"")
        let trace = head.context.trace.hex
        buffer.append(trace.span)
        hex("\",\"spanId\":\"", head.span)
        if let parent = head.parent { hex("\",\"parentSpanId\":\"", parent) }
        // SpanFlags: the eight of W3C, then whether it is known that the parent is remote, and whether it is.
        buffer.append("\",\"flags\":")
        buffer.append(UInt64(head.context.flags) | 0x100 | (head.isParentRemote ? 0x200 : 0))
        buffer.append(",\"kind\":")
        buffer.append(head.kind.rawValue)
        number(",\"startTimeUnixNano\":\"", head.start)
        buffer.append(",\"name\":")
        text(name)
        buffer.append(",\"attributes\":[")
    }

    // MARK: Attributes

    mutating func attribute(_ key: StaticString, _ value: Span<UInt8>) {
        attributeKey(key)
        buffer.append("{\"stringValue\":")
        text(value)
        buffer.append("}}")
    }

    mutating func attribute(_ key: StaticString, _ value: String) { attribute(key, value.utf8.span) }

    mutating func attribute(_ key: StaticString, _ value: StaticString) {
        attributeKey(key)
        buffer.append("{\"stringValue\":\"")
        buffer.append(value)
        buffer.append("\"}}")
    }

    mutating func attribute(_ key: StaticString, _ value: Int64) {
        attributeKey(key)
        buffer.append("{\"intValue\":\"")
        buffer.append(value)
        buffer.append("\"}}")
    }

    mutating func attribute(_ key: StaticString, _ value: Bool) {
        attributeKey(key)
        buffer.append(value ? "{\"boolValue\":true}}" : "{\"boolValue\":false}}")
    }

    private mutating func attributeKey(_ key: StaticString) {
        if !isFirst { buffer.append(",") }
        isFirst = false
        buffer.append("{\"key\":\"")
        buffer.append(key)
        buffer.append("\",\"value\":")
    }

    // MARK: Events

    /// There are no more attributes; events may follow.
    mutating func beginEvents() {
        buffer.append("],\"events\":[")
        isFirst = true
    }

    mutating func event(_ name: StaticString, at time: UInt64) {
        buffer.append(isFirst ? "{" : ",{")
        isFirst = false
        number("\"timeUnixNano\":\"", time)
        buffer.append(",\"name\":\"")
        buffer.append(name)
        buffer.append("\"}")
    }

    // MARK: The end

    /// There are no more attributes or events. `error` is why the span counts as failed; `nil` for one that does not.
    mutating func end(at time: UInt64, error: String?) {
        buffer.append("]")
        number(",\"endTimeUnixNano\":\"", time)
        if let error {
            // StatusCode 2 is ERROR.
            buffer.append(",\"status\":{\"code\":2,\"message\":")
            text(error.utf8.span)
            buffer.append("}")
        }
        buffer.append("}\n")
    }

    private mutating func hex(_ before: StaticString, _ span: SpanID) {
        buffer.append(before)
        let hex = span.hex
        buffer.append(hex.span)
    }

    private mutating func number(_ before: StaticString, _ number: UInt64) {
        buffer.append(before)
        buffer.append(number)
        buffer.append("\"")
    }

    private mutating func text(_ bytes: Span<UInt8>) {
        buffer.append("\"")
        let isCut = bytes.count > SpanWriter.textLimit
        let end = isCut ? RecordFormatter.cut(bytes, limit: SpanWriter.textLimit) : bytes.count
        buffer.append(bytes.extracting(first: end), as: .json)
        buffer.append("\"")
    }
}
