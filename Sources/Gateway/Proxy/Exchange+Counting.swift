// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// What is counted of an exchange: each attempt once, when it is over, and the exchange once.
extension Exchange {
    /// The attempt is over, well or with `error`; its transfer has been let go of.
    func countAttempt(_ error: ProxyError?) {
        guard let upstream else { return }
        var outcome = AttemptOutcome()
        // With the whole answer handed out, whatever became of the rest of the request is nobody's failure.
        let isAnswered = facts.hasHead || error?.kind == .unwantedStatus
        outcome.note(isResponseWhole ? nil : error, status: isAnswered ? response.status : 0)
        if facts.hasHead { outcome.bytesReceived = summary.bytesOut }
        if facts.sends > 0 { outcome.bytesSent = body.received }
        if let timings = summary.upstream { outcome.note(timings) }
        upstream.counters.count(outcome)
    }

    /// libcurl begins the attempt anew, with another connection.
    func countResend(_ error: ProxyError) {
        var outcome = AttemptOutcome()
        outcome.note(error, status: 0)
        upstream?.counters.count(outcome)
    }

    /// The exchange is over, and ``summary`` complete.
    func countExchange() {
        // Nobody counts what a server of the gateway's own answers.
        if context.responder != nil { return }
        let counters = target?.pool?.counters ?? context.unpooled
        let status = summary.status
        let firstDigit = status >= 100 && status < 600 ? status / 100 : 0
        counters.increment(
            PoolLayout.requests + Int(request.method.rawValue) * PoolLayout.classes + firstDigit
        )
        if summary.bytesIn > 0 { counters.add(summary.bytesIn, to: PoolLayout.bytesReceived) }
        if summary.bytesOut > 0 { counters.add(summary.bytesOut, to: PoolLayout.bytesSent) }
        counters.observe(summary.durationNanoseconds / 1000, in: PoolLayout.duration)
        if summary.attempts > 1 {
            counters.add(UInt64(summary.hedges), to: PoolLayout.hedges)
            counters.add(UInt64(max(0, summary.attempts - 1 - summary.hedges)), to: PoolLayout.retries)
        }
        if let waited = summary.queuedNanoseconds { counters.observe(waited / 1000, in: PoolLayout.queueWait) }
        if let failure { counters.increment(PoolLayout.errors + failure.rawValue) }
    }

    /// Remembers a failure for whoever asks what has failed of late.
    func remember(_ error: ProxyError, method: Span<UInt8>, target: Span<UInt8>, _ next: Backend?) {
        func text(_ bytes: Span<UInt8>) -> String {
            let count = min(bytes.count, RecentFailures.targetLimit)
            return String(decoding: (0..<count).map { bytes[$0] }, as: UTF8.self)
        }
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        context.failures?.add(
            FailureReport(
                time: .now(),
                requestID: summary.requestID.text,
                method: text(method),
                target: text(target),
                pool: text(summary.pool),
                backend: text(summary.backend),
                reason: error.reason,
                attempts: summary.attempts,
                next: next.map { String(decoding: $0.name, as: UTF8.self) }
            )
        )
    }
}

extension AttemptOutcome {
    mutating func note(_ error: ProxyError?, status: Int) {
        self.status = status
        guard let error else { return }
        reason = error.label
        isBackendsFault = error.origin == .backend
    }

    mutating func note(_ timings: UpstreamTimings) {
        connect = timings.reused ? 0 : timings.connect
        firstByte = timings.firstByte
        total = timings.total
    }
}
