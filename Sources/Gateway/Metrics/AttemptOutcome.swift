// SPDX-License-Identifier: Apache-2.0

/// How one attempt at a backend went. The one thing that is counted of it, when it is over.
struct AttemptOutcome {
    /// That of the answer; 0 where there was none.
    var status = 0
    var reason: FailureReason?
    /// The backend is to blame for it.
    var isBackendsFault = false
    /// Bytes of bodies.
    var bytesSent: UInt64 = 0
    var bytesReceived: UInt64 = 0
    // Times are in microseconds; 0 is none.
    /// Until the connection stood, where one was made.
    var connect: UInt64 = 0
    var firstByte: UInt64 = 0
    var total: UInt64 = 0
}

extension Counters {
    /// Counts one attempt, by ``BackendLayout``.
    func count(_ outcome: AttemptOutcome) {
        increment(BackendLayout.attempts)
        if outcome.status >= 100 && outcome.status < 600 {
            increment(BackendLayout.responses + outcome.status / 100 - 1)
        }
        if let reason = outcome.reason { increment(BackendLayout.errors + reason.rawValue) }
        if outcome.isBackendsFault || outcome.status >= 500 { increment(BackendLayout.failures) }
        if outcome.bytesSent > 0 { add(outcome.bytesSent, to: BackendLayout.bytesSent) }
        if outcome.bytesReceived > 0 { add(outcome.bytesReceived, to: BackendLayout.bytesReceived) }
        if outcome.connect > 0 {
            increment(BackendLayout.connections)
            observe(outcome.connect, in: BackendLayout.connect)
        }
        if outcome.firstByte > 0 { observe(outcome.firstByte, in: BackendLayout.firstByte) }
        if outcome.total > 0 { observe(outcome.total, in: BackendLayout.total) }
    }
}
