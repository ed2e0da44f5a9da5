// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Verifies credentials beside the workers: a hash that is made to be slow must not hold up other requests.
///
/// Threads come when there is something to hash and go when there is nothing, a few at most; making one costs a thousandth
/// of what it is made for. Requests with the same credentials wait for one hash together. What waits is bounded, in number
/// and in time, for a queue that nobody would live to see the end of helps nobody.
final class PasswordChecker: Sendable {
    /// Who is told of the verdict.
    struct Waiter: Sendable {
        let inbox: VerdictInbox
        let ticket: UInt64
    }

    private struct Job {
        var credentials: BasicCredentials
        let authenticator: BasicAuthenticator
        /// Since when it waits.
        let start: MonotonicTime
        var waiters: [Waiter]
    }

    private struct State {
        /// Those that are hashed now, and those that are to be.
        var jobs: [SipHash.Tag: Job] = [:]
        var queue: [SipHash.Tag] = []
        var threads = 0
    }

    private let state = Locked(State())
    private let maximumThreads: Int
    private let maximumWaiting: Int
    /// After this time, in nanoseconds, nobody waits for a verdict any more, and none is sought. Default: 10 seconds, which is
    /// some ten of the slowest hashes that a configuration may have (``HashSyntax``).
    let longestWait: UInt64

    /// - Parameters:
    ///   - threads: How many hash at once. Default: half as many as there are cores, between 2 and 8. They give way to workers.
    ///   - waiting: How many different credentials wait.
    ///   - longestWait: See there.
    init(
        threads: Int = min(8, max(2, LoopThread.availableCores / 2)),
        waiting: Int = 64,
        longestWait: UInt64 = 10_000_000_000
    ) {
        maximumThreads = threads
        maximumWaiting = waiting
        self.longestWait = longestWait
    }

    /// Has `credentials`, which are known by `tag`, verified, and `waiter` told.
    ///
    /// - Returns: Whether it will be told; if not, too many wait already.
    func verify(
        _ credentials: BasicCredentials,
        tag: SipHash.Tag,
        by authenticator: BasicAuthenticator,
        for waiter: Waiter
    ) -> Bool {
        let needsThread: Bool? = state.withLock { state in
            if state.jobs[tag] != nil {
                state.jobs[tag]?.waiters.append(waiter)
                return false
            }
            guard state.queue.count < maximumWaiting else { return nil }
            state.jobs[tag] = Job(
                credentials: credentials,
                authenticator: authenticator,
                start: .now(),
                waiters: [waiter]
            )
            state.queue.append(tag)
            guard state.threads < maximumThreads else { return false }
            state.threads += 1
            return true
        }
        guard let needsThread else { return false }
        if needsThread, !startThread() { giveUp() }
        return true
    }

    private func startThread() -> Bool {
        let thread = try? LoopThread(name: "curlew-password", isBackground: true) { [self] in
            while let (tag, credentials, authenticator) = next() {
                let isRight = authenticator.verify(credentials)
                authenticator.remember(isRight, of: tag, at: MonotonicTime.now().nanoseconds)
                finish(tag, isRight ? .accepted : .refused)
            }
        }
        thread?.detach()
        return thread != nil
    }

    /// The next job, or `nil` if the calling thread is to end. Those that have waited too long are told so on the way.
    private func next() -> (SipHash.Tag, BasicCredentials, BasicAuthenticator)? {
        let now = MonotonicTime.now().nanoseconds
        var late: [SipHash.Tag] = []
        let job: (SipHash.Tag, BasicCredentials, BasicAuthenticator)? = state.withLock { state in
            while !state.queue.isEmpty {
                let tag = state.queue.removeFirst()
                guard let job = state.jobs[tag] else { continue }
                if now < job.start.nanoseconds &+ longestWait {
                    return (tag, job.credentials, job.authenticator)
                }
                late.append(tag)
            }
            state.threads -= 1
            return nil
        }
        for tag in late { finish(tag, .unverified) }
        return job
    }

    private func finish(_ tag: SipHash.Tag, _ verdict: VerdictInbox.Verdict) {
        let job = state.withLock { $0.jobs.removeValue(forKey: tag) }
        guard var job else { return }
        job.credentials.forget()
        for waiter in job.waiters { waiter.inbox.put(verdict, for: waiter.ticket) }
    }

    /// The system is out of threads: if none is left, whoever waits would wait for ever.
    private func giveUp() {
        let stranded = state.withLock { state -> [SipHash.Tag] in
            state.threads -= 1
            guard state.threads == 0 else { return [] }
            defer { state.queue.removeAll() }
            return state.queue
        }
        for tag in stranded { finish(tag, .unverified) }
    }
}
