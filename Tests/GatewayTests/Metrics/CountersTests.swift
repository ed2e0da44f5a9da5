// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@testable import Gateway

@Suite struct CountersTests {
    @Test func aReaderAddsUpWhatAllWorkersHaveCounted() throws {
        let shared = SharedCounters(count: 8)
        let left = Monitor(4)
        let threads = (0..<4).map { worker in
            BackgroundThread {
                let part = shared.part(ofWorker: worker)
                for _ in 0..<100_000 { part.increment(3) }
                part.add(UInt64(worker), to: 4)
                left.change { $0 -= 1 }
            }
        }
        // Nobody ever sees fewer than before.
        var last: UInt64 = 0
        while left.read({ $0 > 0 }) {
            let now = shared.sums[3]
            guard now >= last else { return #expect(now >= last) }
            last = now
        }
        for thread in threads { try thread.join(until: .usual) }
        #expect(shared.sums == [0, 0, 0, 400_000, 6, 0, 0, 0])
        #expect(shared.part(ofWorker: 2) === shared.part(ofWorker: 2))
    }

    @Test func anAttemptIsCountedInEachOfItsParts() {
        let counters = Counters(count: BackendLayout.words)
        var outcome = AttemptOutcome(status: 404)
        outcome.bytesSent = 10
        outcome.bytesReceived = 300
        outcome.connect = 50
        outcome.firstByte = 2000
        outcome.total = 3000
        counters.count(outcome)
        counters.count(AttemptOutcome(status: 0, reason: .connectionRefused, isBackendsFault: true))
        counters.count(AttemptOutcome(status: 0, reason: .clientClosed))
        var sums = [UInt64](repeating: 0, count: BackendLayout.words)
        counters.add(to: &sums)
        #expect(sums[BackendLayout.attempts] == 3)
        #expect(sums[BackendLayout.failures] == 1)
        #expect(Array(sums[BackendLayout.responses..<BackendLayout.responses + 5]) == [0, 0, 0, 1, 0])
        #expect(sums[BackendLayout.bytesSent] == 10 && sums[BackendLayout.bytesReceived] == 300)
        #expect(sums[BackendLayout.connections] == 1)
        #expect(sums[BackendLayout.errors + FailureReason.connectionRefused.rawValue] == 1)
        #expect(sums[BackendLayout.errors + FailureReason.clientClosed.rawValue] == 1)
        for (histogram, time) in [
            (BackendLayout.connect, 50), (BackendLayout.firstByte, 2000), (BackendLayout.total, 3000),
        ] {
            #expect(sums[histogram + HistogramLayout.sum] == UInt64(time))
            let bucket = HistogramScale.index(of: UInt64(time))
            #expect(sums[histogram + HistogramLayout.buckets + bucket] == 1)
        }
    }

    @Test func whatIsCountedOfABackendGoesOnAsLongAsSomebodyHoldsIt() {
        let pool = PoolMetrics(name: "web")
        var first: BackendMetrics? = pool.backend("http://a")
        first?.counters.part(ofWorker: 0).increment(0)
        #expect(pool.backend("http://a") === first)
        #expect(pool.backend("http://b") !== first)
        first = nil
        #expect(pool.backend("http://a").counters.sums[0] == 0)
    }

    @Test func everyReasonHasALabelOfItsOwn() {
        let labels = FailureReason.allCases.map(\.label)
        #expect(Set(labels).count == labels.count)
        #expect(labels.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
        #expect(FailureReason.allCases.map(\.rawValue) == Array(0..<labels.count))
    }
}
