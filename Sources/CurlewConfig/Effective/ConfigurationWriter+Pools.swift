// SPDX-License-Identifier: Apache-2.0

import Gateway

extension ConfigurationWriter {
    func pool(_ pool: PoolConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("backends", .list(pool.backends.map(backend)))
        entries.add("strategy", .text(pool.strategy))
        // With any other strategy it has no effect, and is an error.
        if pool.strategy == "consistent_hash" { entries.add("hash", hash(pool.hash)) }
        entries.add("health_check", healthCheck(pool.healthCheck))
        entries.add("outlier", pool.outlier.map(outlier) ?? .text("off"))
        entries.add("retry", retry(pool.retry))
        entries.add("timeouts", timeouts(pool.timeouts))
        entries.add(
            "queue",
            .mapping([
                .init("size", .number("\(pool.queue.size)")), .init("timeout", .text(pool.queue.timeout.written)),
            ])
        )
        var limits = [Tree.Entry]()
        limits.add("active_requests", orUnlimited: pool.limits.activeRequests)
        limits.add("active_retries", orUnlimited: pool.limits.activeRetries)
        entries.add("limits", .mapping(limits))
        entries.add("adaptive_concurrency", pool.adaptiveConcurrency.map(adaptive) ?? .text("off"))
        entries.add("sticky", pool.sticky.map(sticky) ?? .text("off"))
        entries.add("slow_start", orOff: pool.slowStart)
        entries.add("when_all_down", .text(pool.whenAllDown.rawValue))
        return .mapping(entries)
    }

    private func hash(_ hash: HashConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        switch hash.source {
        case .clientAddress: entries.add("by", .text("client_ip"))
        case .path: entries.add("by", .text("path"))
        case .header(let name): entries.add("header", .text(name))
        case .cookie(let name): entries.add("cookie", .text(name))
        }
        entries.add("balance", perCent: hash.balancePercent)
        return .mapping(entries)
    }

    private func backend(_ backend: BackendConfiguration) -> Tree {
        var entries = [Tree.Entry("url", .text(backend.url.description))]
        entries.add("weight", backend.weight)
        entries.add("max_connections", orUnlimited: backend.maxConnections)
        entries.add("backup", backend.isBackup)
        entries.add("enabled", backend.isEnabled)
        let options = backend.options
        let texts = [
            ("host", options.host), ("sni", options.serverName), ("connect_to", options.connectTo),
            ("proxy", options.proxy.map(proxy)), ("interface", options.interface),
        ]
        for (key, text) in texts {
            if let text { entries.add(key, .text(literal(text))) }
        }
        if options.tls != BackendTLSConfiguration() { entries.add("tls", tls(options.tls)) }
        entries.add("http2", options.http2)
        if let aws = options.awsSigV4 {
            var keys: [Tree.Entry] = [
                .init("access_key", .text(literal(aws.accessKey))), .init("secret_key", secret(aws.secretKey)),
            ]
            if let token = aws.sessionToken { keys.add("session_token", secret(token)) }
            keys.add("region", .text(aws.region))
            keys.add("service", .text(aws.service))
            entries.add("aws_sigv4", .mapping(keys))
        }
        return .mapping(entries)
    }

    /// A proxy's URL may hold a password.
    private func proxy(_ url: String) -> String {
        guard !showsSecrets, let at = url.lastIndex(of: "@"), let scheme = url.firstRange(of: "://") else { return url }
        return url[..<scheme.upperBound] + "***" + url[at...]
    }

    private func tls(_ tls: BackendTLSConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        let texts = [
            ("ca_file", tls.authorityFile?.name), ("cert_file", tls.certificateFile?.name),
            ("key_file", tls.keyFile?.name), ("pinned_key", tls.pinnedKey),
        ]
        for (key, text) in texts {
            if let text { entries.add(key, .text(literal(text))) }
        }
        entries.add("verify", tls.verifies)
        return .mapping(entries)
    }

    private func healthCheck(_ check: HealthCheckConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("path", .text(literal(check.path)))
        entries.add("interval", check.interval)
        entries.add("timeout", check.timeout)
        entries.add("jitter", perCent: check.jitterPercent)
        let statuses = [check.expectStatus] + check.moreStatuses.runs
        let texts = statuses.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        entries.add("expect_status", texts.count == 1 ? .text(texts[0]) : .list(texts.map(Tree.text)))
        if let body = check.expectBody {
            entries.add("expect_body", .text(literal(String(decoding: body, as: UTF8.self))))
        }
        entries.add("method", .text(check.method))
        if let host = check.host { entries.add("host", .text(host)) }
        entries.add("rise", check.rise)
        entries.add("fall", check.fall)
        if let interval = check.downInterval { entries.add("down_interval", interval) }
        entries.add("passive_fall", check.passiveFall)
        return .mapping(entries)
    }

    private func timeouts(_ timeouts: TimeoutsConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("connect", timeouts.connect)
        entries += exchangeTimeouts(timeouts)
        entries.add("keep_alive", timeouts.keepAlive)
        return .mapping(entries)
    }

    func exchangeTimeouts(_ timeouts: TimeoutsConfiguration) -> [Tree.Entry] {
        var entries = [Tree.Entry]()
        entries.add("first_byte", timeouts.firstByte)
        entries.add("idle", timeouts.idle)
        entries.add("total", orOff: timeouts.total)
        entries.add("tunnel", timeouts.tunnel)
        return entries
    }
}
