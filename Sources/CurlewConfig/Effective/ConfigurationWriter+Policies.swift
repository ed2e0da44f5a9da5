// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ConfigurationWriter {
    func retry(_ retry: RetryConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("attempts", retry.attempts)
        let conditions = RetryConfiguration.Condition.allCases.filter(retry.on.contains).map { Tree.text($0.rawValue) }
        entries.add("on", .list(conditions + retry.statuses.sorted().map { Tree.number("\($0)") }))
        entries.add("budget", perCent: retry.budgetPercent)
        entries.add("budget_minimum", retry.budgetMinimum)
        entries.add("body_buffer", size: retry.bodyBuffer)
        entries.add("per_try_timeout", orOff: retry.perTryTimeout)
        entries.add("backoff", retry.backoff)
        entries.add("non_idempotent", retry.retriesNonIdempotent)
        entries.add("hedge_after", orOff: retry.hedgeAfter)
        return .mapping(entries)
    }

    func outlier(_ outlier: OutlierConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("consecutive_5xx", outlier.consecutive5xx.map { .number("\($0)") } ?? .text("off"))
        entries.add("failure_rate", perCent: outlier.failurePercent)
        entries.add("latency", outlier.latencyFactor.map { .number("\($0)") } ?? .text("off"))
        entries.add("window", outlier.window)
        entries.add("minimum_requests", outlier.minimumRequests)
        entries.add("eject_for", outlier.ejectFor)
        entries.add("max_eject_for", outlier.maximumEjection)
        entries.add("max_ejected", perCent: outlier.maximumEjectedPercent)
        return .mapping(entries)
    }

    func adaptive(_ adaptive: AdaptiveConcurrencyConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("minimum", adaptive.minimum)
        entries.add("maximum", adaptive.maximum)
        return .mapping(entries)
    }

    func sticky(_ sticky: StickyConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("cookie", .text(sticky.cookie))
        if !sticky.secret.isEmpty { entries.add("secret", secret(sticky.secret)) }
        entries.add("ttl", .text(sticky.timeToLive?.written ?? "session"))
        entries.add("secure", .text(sticky.secure.rawValue))
        entries.add("same_site", .text(sticky.sameSite.rawValue))
        entries.add("path", .text(literal(sticky.path)))
        return .mapping(entries)
    }

    func tracing(_ tracing: TracingConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        if let endpoint = showsSecrets ? tracing.endpoint : tracing.shownEndpoint {
            entries.add("endpoint", .text(literal(endpoint)))
        }
        entries.add("sample", perCent: tracing.samplePercent)
        // Credentials are what they are for.
        let fields = tracing.headers.map { Tree.Entry($0.name, secret($0.value)) }
        if !fields.isEmpty { entries.add("headers", .mapping(fields)) }
        entries.add("service_name", .text(literal(tracing.serviceName)))
        entries.add("timeout", tracing.timeout)
        entries.add("batch_size", tracing.batchSize)
        entries.add("batch_delay", tracing.batchDelay)
        return .mapping(entries)
    }

    func rateLimit(_ limit: RateLimitConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("requests", limit.requests)
        entries.add("per", limit.period)
        entries.add("burst", limit.burst)
        let key: Tree =
            switch limit.key {
            case .clientAddress: .text("client_ip")
            case .all: .text("route")
            case .header(let name): .mapping([.init("header", .text(name))])
            }
        entries.add("by", key)
        entries.add("dry_run", limit.isDryRun)
        return .mapping(entries)
    }

    func access(_ access: AccessConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        if !access.allow.isEmpty { entries.add("allow", networks(access.allow)) }
        if !access.deny.isEmpty { entries.add("deny", networks(access.deny)) }
        return .mapping(entries)
    }

    func basicAuth(_ auth: BasicAuthConfiguration) -> Tree {
        let users = auth.users.sorted { $0.key < $1.key }.map { Tree.Entry($0.key, secret($0.value)) }
        return .mapping([.init("realm", .text(literal(auth.realm))), .init("users", .mapping(users))])
    }
}
