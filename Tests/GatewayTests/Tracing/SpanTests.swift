// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Gateway

/// Spans as JSON, and batches of them.
struct SpanTests {
    private func head(parent: SpanID?) -> SpanWriter.Head {
        let context = TraceContext(
            trace: TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c),
            span: SpanID(1),
            isSampled: true
        )
        return SpanWriter.Head(
            kind: .client,
            context: context,
            span: SpanID(0xb7ad_6b71_6920_3331),
            parent: parent,
            start: 1_544_712_660_000_000_000
        )
    }

    @Test func aSpanIsALineAsTheMappingHasIt() {
        var writer = SpanWriter()
        writer.begin(head(parent: SpanID(2)), name: Array("GET".utf8).span)
        writer.attribute("a", "x\"\n" as String)
        writer.attribute("b", 12)
        writer.attribute("c", true)
        writer.beginEvents()
        writer.event("dns", at: 1_544_712_660_300_000_000)
        writer.event("connect", at: 1_544_712_660_600_000_000)
        writer.end(at: 1_544_712_661_000_000_000, error: "broken")
        let expected =
            #"{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","parentSpanId":"0000000000000002","#
            + #""flags":257,"kind":3,"startTimeUnixNano":"1544712660000000000","name":"GET","attributes":["#
            + #"{"key":"a","value":{"stringValue":"x\"\n"}},{"key":"b","value":{"intValue":"12"}},"#
            + #"{"key":"c","value":{"boolValue":true}}],"events":[{"timeUnixNano":"1544712660300000000","name":"dns"},"#
            + #"{"timeUnixNano":"1544712660600000000","name":"connect"}],"endTimeUnixNano":"1544712661000000000","#
            + #""status":{"code":2,"message":"broken"}}"# + "\n"
        #expect(String(decoding: writer.buffer.bytes, as: UTF8.self) == expected)
    }

    private func write(_ name: String, to ring: LogRing) {
        var writer = SpanWriter()
        writer.begin(head(parent: nil), name: Array(name.utf8).span)
        writer.beginEvents()
        writer.end(at: 1, error: nil)
        writer.buffer.write(to: ring)
    }

    /// Wherever the ring's memory ends, each span is taken whole, and no more than the batch holds.
    @Test func batchesHoldWholeSpansAndNoMoreThanTheirLimit() throws {
        let ring = LogRing(capacity: 2048)
        var batch = SpanBatch(service: "a\"b", instance: "i", limit: 3)
        var names: [String] = []
        var written = 0
        while written < 60 {
            while ring.capacity - ring.used > 512 {
                write("\(written)", to: ring)
                written += 1
            }
            batch.take(from: ring)
            #expect(batch.count <= 3)
            guard batch.isFull else { continue }
            let body = batch.finished()
            batch.removeAll()
            let object = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
            let resource = try #require((object["resourceSpans"] as? [[String: Any]])?.first)
            let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
            names += try #require(scope["spans"] as? [[String: Any]]).compactMap { $0["name"] as? String }
        }
        #expect(names == (0..<names.count).map { "\($0)" })
        #expect(names.count > 50)
        #expect(ring.dropped == 0)
    }
}
