// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

struct ExportRetryTests {
    @Test(arguments: [200, 202, 299])
    func anAcceptedBatchIsDone(status: Int) {
        var retry = ExportRetry()
        #expect(retry.next(after: .answered(status: status, retryAfter: nil), chance: 0) == .done)
    }

    @Test(arguments: [400, 401, 404, 413, 500, 501, 301])
    func whatIsNotRetryableIsLostAtOnce(status: Int) {
        var retry = ExportRetry()
        #expect(
            retry.next(after: .answered(status: status, retryAfter: 1), chance: 0) == .giveUp("it answered \(status)")
        )
    }

    @Test(arguments: [429, 502, 503, 504])
    func whatIsRetryableIsWaitedForAsTheCollectorAsks(status: Int) {
        var retry = ExportRetry()
        let reason = "it answered \(status)"
        #expect(
            retry.next(after: .answered(status: status, retryAfter: 7), chance: 0) == .wait(milliseconds: 7000, reason)
        )
        #expect(
            retry.next(after: .answered(status: status, retryAfter: 9999), chance: 0)
                == .wait(milliseconds: 600_000, reason)
        )
    }

    @Test func withoutItsWordTheWaitsGrowAndVary() {
        var (short, long) = (ExportRetry(), ExportRetry())
        let outcome = ExportRetry.Outcome.failed("(7) x")
        for attempt in 0..<4 {
            let full = 1000 << attempt
            #expect(short.next(after: outcome, chance: 0) == .wait(milliseconds: full / 2, "(7) x"))
            #expect(long.next(after: outcome, chance: UInt64(full / 2)) == .wait(milliseconds: full, "(7) x"))
        }
        #expect(short.next(after: outcome, chance: 0) == .giveUp("(7) x, 5 times"))
    }

    @Test(arguments: [
        (#"{}"#, nil), ("", nil), (#"{"partialSuccess":{}}"#, nil),
        (#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"x"}}"#, 3), (#"{"rejectedSpans" : 12 }"#, 12),
        (#"{"rejectedSpans":"x"}"#, nil),
    ])
    func aPartialSuccessSaysHowManyWereRejected(answer: String, count: Int?) {
        #expect(PartialSuccess.rejected(Array(answer.utf8)) == count)
    }
}
