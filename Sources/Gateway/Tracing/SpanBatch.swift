// SPDX-License-Identifier: Apache-2.0

/// Spans on their way from the workers' rings into one `ExportTraceServiceRequest` (OTLP/HTTP in JSON).
struct SpanBatch: ~Copyable {
    private let head: [UInt8]
    private static let tail = Array("]}]}]}".utf8)
    private(set) var body: [UInt8]
    /// Spans that are in it.
    private(set) var count = 0
    let limit: Int

    /// - Parameters:
    ///   - service: `service.name` of the resource that the spans are of.
    ///   - instance: `service.instance.id`, which tells this process from others.
    ///   - limit: The most spans.
    init(service: String, instance: String, limit: Int) {
        var text = RecordBuffer(capacity: 16 * 1024)
        text.append(
            "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\""
        )
        text.append(service, as: .json)
        text.append("\"}},{\"key\":\"service.instance.id\",\"value\":{\"stringValue\":\"")
        text.append(instance, as: .json)
        text.append("\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"curlew\"},\"spans\":[")
        var head: [UInt8] = []
        text.copy(to: &head)
        self.head = head
        body = head
        self.limit = limit
    }

    var isFull: Bool { count >= limit }

    /// Takes spans out of `ring`, as many as fit. Each is a line there.
    mutating func take(from ring: LogRing) {
        let end = ring.end
        // A piece of the ring ends where its memory does, which may be inside a span; a span is taken whole.
        var isInside = false
        while !isFull || isInside {
            let more = ring.consume(upTo: end) { bytes in
                var index = 0
                while index < bytes.count, !isFull || isInside {
                    let byte = bytes[index]
                    isInside = byte != UInt8(ascii: "\n")
                    body.append(isInside ? byte : UInt8(ascii: ","))
                    if !isInside { count += 1 }
                    index += 1
                }
                return index
            }
            if !more { return }
        }
    }

    /// The whole request.
    mutating func finished() -> [UInt8] {
        if count > 0 { body.removeLast() }
        body += SpanBatch.tail
        return body
    }

    mutating func removeAll() {
        body.removeAll(keepingCapacity: true)
        body += head
        count = 0
    }
}
