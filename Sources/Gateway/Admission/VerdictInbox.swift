// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Where a worker is told what became of the credentials that it has asked about.
final class VerdictInbox: Sendable {
    enum Verdict: Sendable {
        case accepted
        case refused
        /// Nobody could be found to verify them.
        case unverified
    }

    /// Register it for `.readable`.
    let wakeup: Wakeup
    private let verdicts = Locked<[(ticket: UInt64, verdict: Verdict)]>([])

    init() throws(SystemError) {
        wakeup = try Wakeup()
    }

    /// May be called from any thread.
    func put(_ verdict: Verdict, for ticket: UInt64) {
        verdicts.withLock { $0.append((ticket, verdict)) }
        wakeup.wake()
    }

    /// What has come since the last call.
    func takeAll() -> [(ticket: UInt64, verdict: Verdict)] {
        wakeup.reset()
        return verdicts.withLock { verdicts in
            defer { verdicts.removeAll() }
            return verdicts
        }
    }
}
