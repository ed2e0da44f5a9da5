// SPDX-License-Identifier: Apache-2.0

extension Explainer {
    func limits(of shared: SharedPool) -> Explanation.Limits {
        let pool = shared.configuration
        let hasQueue = pool.backends.contains { $0.maxConnections != nil }
        let gate = isLive ? shared.gate : nil
        return Explanation.Limits(
            activeRequests: pool.limits.activeRequests,
            isAdaptive: pool.adaptiveConcurrency != nil,
            queueSize: hasQueue ? pool.queue.size : nil,
            queueTimeoutMs: hasQueue ? pool.queue.timeout.milliseconds : nil,
            active: gate?.active,
            currentLimit: gate?.currentLimit,
            queued: isLive ? shared.queue?.length : nil
        )
    }

    func timeouts(
        _ overrides: RouteOverrides,
        _ pool: PoolConfiguration,
        _ request: ParsedDraft
    ) -> Explanation.Timeouts {
        let timeouts = overrides.timeouts(over: pool.timeouts)
        let limits = overrides.limits(over: snapshot.configuration.limits)
        return Explanation.Timeouts(
            connectMs: timeouts.connect.milliseconds,
            firstByteMs: timeouts.firstByte.milliseconds,
            idleMs: timeouts.idle.milliseconds,
            totalMs: timeouts.total?.milliseconds,
            tunnelMs: request.isUpgrade ? timeouts.tunnel.milliseconds : nil,
            bodyMs: request.body == nil ? nil : limits.bodyTimeout.milliseconds
        )
    }

    /// What is done when a backend fails this request: the policy is asked about an example of each kind of failure.
    func explain(_ retry: RetryConfiguration, _ request: ParsedDraft) -> Explanation.Retry {
        let policy = RetryPolicy(retry)
        let isRepeatable = request.withBytes { request.head.mayBeRepeated(policy, in: $0) }
        let examples: [(String, ProxyError.Kind)] = [
            ("connect", .connectRefused), ("reset", .connectionLost), ("timeout", .responseTimedOut),
        ]
        var (on, notOn): ([String], [String]) = ([], [])
        for (name, kind) in examples {
            let error = ProxyError(kind)
            if policy.allows(error, attempt: 1, isIdempotent: isRepeatable, hasBody: true) {
                on.append(name)
            } else if policy.allows(error, attempt: 1, isIdempotent: true, hasBody: true) {
                notOn.append(name)
            }
        }
        // Another status than that of a failure is an answer, also with a request to change protocols.
        for status in retry.statuses.sorted() where policy.attempts > 1 {
            if isRepeatable && !request.isUpgrade { on.append("\(status)") } else { notOn.append("\(status)") }
        }
        return Explanation.Retry(
            attempts: policy.attempts,
            repeatable: repeatable(policy, request),
            on: on,
            notOn: notOn,
            bodyBuffer: request.body == nil ? nil : isRepeatable ? retry.bodyBuffer : 0,
            perTryMs: retry.perTryTimeout?.milliseconds,
            hedgeAfterMs: isRepeatable && !request.head.hasBody && policy.attempts > 1 && !request.isUpgrade
                ? retry.hedgeAfter?.milliseconds : nil
        )
    }

    private func repeatable(_ policy: RetryPolicy, _ request: ParsedDraft) -> Explanation.Retry.Repeatable {
        if request.head.isIdempotent { return .method }
        if request.withBytes({ request.head.hasIdempotencyKey(in: $0) }) { return .idempotencyKey }
        return policy.retriesNonIdempotent ? .configuration : .no
    }
}
