// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct RetryTimingTests {
    private func policy(_ change: (inout RetryConfiguration) -> Void = { _ in }) -> RetryPolicy {
        var configuration = RetryConfiguration()
        change(&configuration)
        return RetryPolicy(configuration)
    }

    @Test func theFirstRetryGoesAtOnceAndLaterOnesWaitUpToTwiceAsLongEach() {
        let policy = policy { $0.backoff = .milliseconds(25) }
        var random = PseudoRandom(seed: 3)
        #expect(policy.wait(after: 1, using: &random) == 0)
        for (attempt, longest) in [(2, 25), (3, 50), (4, 100), (5, 200), (6, 250), (7, 250), (60, 250)] {
            let waits = (0..<300).map { _ in policy.wait(after: attempt, using: &random) }
            #expect(waits.max()! <= UInt64(longest) * 1_000_000)
            #expect(waits.max()! > UInt64(longest) * 900_000)
            #expect(waits.min()! < UInt64(longest) * 100_000)
        }
    }

    @Test func withoutBackoffThereIsNoWait() {
        var random = PseudoRandom(seed: 3)
        #expect(policy { $0.backoff = .zero }.wait(after: 5, using: &random) == 0)
    }

    @Test func statusesAreFailuresOnlyWhereConfigured() {
        #expect(!policy().isFailure(503))
        let some = policy { $0.statuses = [502, 503] }
        #expect(some.isFailure(503) && !some.isFailure(500) && !some.isFailure(200))
        #expect(some.allows(ProxyError(.unwantedStatus), attempt: 1, isIdempotent: true, hasBody: true))
        #expect(!some.allows(ProxyError(.unwantedStatus), attempt: 1, isIdempotent: false, hasBody: true))
    }

    @Test func leavingABackendThatIsDownCostsNothing() {
        let policy = policy()
        #expect(!policy.counts(ProxyError(.connectRefused), backendIsDown: false))
        #expect(!policy.counts(ProxyError(.connectionLost), backendIsDown: true))
        #expect(policy.counts(ProxyError(.connectionLost), backendIsDown: false))
        #expect(policy.counts(ProxyError(.responseTimedOut), backendIsDown: true))
        #expect(policy.counts(ProxyError(.unwantedStatus), backendIsDown: true))
    }

    @Test func refusedRetrySaysWhy() {
        let error = ProxyError(.responseTimedOut).notRetried(.budget)
        #expect(error.reason == "no response in time, not retried: the retry budget is used up")
        #expect(error.status == 504)
        #expect(error.proxyStatusDetails.map { "\($0)" } == "not retried: the retry budget is used up")
    }
}
