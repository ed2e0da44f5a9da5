// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Gateway

/// The record of a request's copy, in both forms.
struct MirrorRecordTests {
    private var record: Record {
        var record = Record()
        record.summary.status = 200
        record.summary.bytesIn = 3
        record.summary.bytesOut = 19
        record.summary.durationNanoseconds = 12_034_999
        record.summary.upstream = UpstreamTimings(reused: true, firstByte: 11_200, total: 11_900)
        return record
    }

    @Test func textTellsOfAnAnswerLikeAResponseAndOfAFailureLikeAnError() {
        #expect(record.mirror(json: false) == "MIRROR: GET / <- http://localhost:3001 [200] 12ms")
        #expect(
            record.mirror(error: "Connection refused", json: false)
                == "MIRROR: GET / x http://localhost:3001 - Connection refused"
        )
    }

    @Test func anAnswerHasEveryFieldInTheDocumentedOrder() {
        #expect(
            record.mirror(json: true)
                == #"{"time":"2026-01-01T12:00:00.123456Z","level":"info","category":"MIRROR","#
                + #""request_id":"0123456789abcdeffedcba9876543210","client":"203.0.113.9","method":"GET","path":"/","#
                + #""status":200,"backend":"http://localhost:3001","pool":"web","bytes_in":3,"bytes_out":19,"#
                + #""duration_ms":12.034,"error":null,"upstream":{"reused":true,"dns_ms":0,"connect_ms":0,"#
                + #""tls_ms":0,"first_byte_ms":11.2,"total_ms":11.9}}"#
        )
    }

    @Test func aFailureIsAWarningWithItsReason() throws {
        let fields = try decode(Record().mirror(error: "a \"b\"\n", json: true))
        #expect(fields["level"] as? String == "warning")
        #expect(fields["error"] as? String == "a \"b\"\n")
        #expect(fields["status"] is NSNull && fields["upstream"] is NSNull)
    }
}
