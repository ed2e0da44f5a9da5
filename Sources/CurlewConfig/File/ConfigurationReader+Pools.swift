// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

extension ConfigurationReader {
    /// Reads `backends` or `pools`, and the routes to them. A file without either is about other things, and its gateway has
    /// the backends that one without a file has.
    mutating func pools(_ fields: Fields, _ configuration: inout GatewayConfiguration) {
        switch (fields["backends"], fields["pools"]) {
        case (let backends?, nil):
            configuration.pools = [PoolConfiguration(name: "default", backends: self.backends(backends))]
        case (nil, let pools?):
            configuration.pools = self.pools(pools)
        case (let backends?, let pools?):
            // Both are read, for the problems inside them.
            _ = self.backends(backends)
            configuration.pools = self.pools(pools)
        case (nil, nil):
            configuration.pools = [PoolConfiguration(name: "default", backends: BackendConfiguration.defaults)]
        }
        routes(fields["routes"], pools: fields["pools"], &configuration)
    }

    private mutating func pools(_ field: Field) -> [PoolConfiguration] {
        let example = "pools: { \(Section.pool.example) }"
        guard let entries = entries(of: field.value, path: field.path, example: example) else { return [] }
        if entries.isEmpty {
            report(field.value.mark, field.path, "there is no pool in it", hint: "for example \(example)")
        }
        return entries.map { pool($0) }
    }

    private mutating func pool(_ entry: Field) -> PoolConfiguration {
        var pool = PoolConfiguration(name: entry.key, backends: [])
        do {
            _ = try ValueParser<String>.poolName.parse(entry.key)
        } catch {
            report(entry.keyMark, "pools", error)
        }
        guard let fields = fields(of: entry.value, path: entry.path, section: .pool, owner: entry.keyMark) else {
            return pool
        }
        if let backends = fields["backends"] { pool.backends = self.backends(backends) }
        let before = complaints
        assign(&pool.strategy, fields["strategy"], .strategy)
        hash(fields["hash"], isStrategyKnown: complaints == before, &pool)
        healthCheck(fields["health_check"], &pool.healthCheck)
        outlier(fields["outlier"], &pool.outlier)
        retry(fields["retry"], .retry, &pool.retry)
        timeouts(fields["timeouts"], &pool.timeouts)
        checkTimes(fields["retry"], pool.retry, pool.timeouts)
        queue(fields["queue"], &pool)
        poolLimits(fields["limits"], &pool.limits)
        adaptive(fields["adaptive_concurrency"], &pool.adaptiveConcurrency)
        sticky(fields["sticky"], &pool.sticky)
        assign(&pool.slowStart, fields["slow_start"])
        assign(&pool.whenAllDown, fields["when_all_down"])
        return pool
    }

    private mutating func hash(_ field: Field?, isStrategyKnown: Bool, _ pool: inout PoolConfiguration) {
        guard let field else { return }
        // A name that is no strategy has been reported, and may be meant for the one that needs it.
        if isStrategyKnown, pool.strategy != "consistent_hash" {
            report(
                field.keyMark,
                field.path,
                "\"hash\" has no effect with strategy: \(pool.strategy)",
                hint: "add strategy: consistent_hash, or remove \"hash\""
            )
        }
        if field.value.mapping == nil {
            pool.hash.source = read(field, .hashSource) ?? pool.hash.source
            return
        }
        guard let fields = fields(of: field.value, path: field.path, section: .hash) else { return }
        assign(&pool.hash.source, fields["by"], .hashSource)
        if let name = read(fields["header"], .headerName) { pool.hash.source = .header(name) }
        if let name = read(fields["cookie"], .cookieName) { pool.hash.source = .cookie(name) }
        assign(&pool.hash.balancePercent, fields["balance"])
    }

    private mutating func queue(_ field: Field?, _ pool: inout PoolConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .queue) else { return }
        assign(&pool.queue.size, fields["size"])
        assign(&pool.queue.timeout, fields["timeout"])
        if pool.queue.size == 0, let timeout = fields["timeout"] {
            note(
                timeout.keyMark,
                timeout.path,
                "with a size of 0 no request ever waits, so the timeout has no effect",
                hint: "remove it, or give the queue a size"
            )
            return
        }
        // The defaults, spelled out, promise nothing.
        if pool.queue != QueueConfiguration(), !pool.backends.isEmpty,
            pool.backends.allSatisfy({ $0.maxConnections == nil })
        {
            note(
                field.keyMark,
                field.path,
                "no backend of the pool has max_connections, so no request ever waits in its queue",
                hint: "add one, for example { url: \"http://localhost:3001\", max_connections: 100 }"
            )
        }
    }

    private mutating func poolLimits(_ field: Field?, _ limits: inout PoolLimitsConfiguration) {
        guard let field, let fields = fields(of: field.value, path: field.path, section: .poolLimits) else { return }
        assign(&limits.activeRequests, fields["active_requests"])
        assign(&limits.activeRetries, fields["active_retries"])
    }

    private mutating func adaptive(_ field: Field?, _ adaptive: inout AdaptiveConcurrencyConfiguration?) {
        guard let field, !field.isOff else { return }
        var limits = AdaptiveConcurrencyConfiguration()
        guard let fields = fields(of: field.value, path: field.path, section: .adaptive) else { return }
        assign(&limits.minimum, fields["minimum"])
        assign(&limits.maximum, fields["maximum"])
        if limits.minimum > limits.maximum {
            report(
                field.value.mark,
                field.path,
                "the minimum, \(limits.minimum), is above the maximum, \(limits.maximum)",
                hint: "for example \(Section.adaptive.example)"
            )
        }
        adaptive = limits
    }
}

extension ValueParser where Value == HashConfiguration.Source {
    /// What needs no name.
    static var hashSource: Self {
        ValueParser("client_ip or path", example: "client_ip") { text throws(ValueError) in
            switch text {
            case "client_ip": return .clientAddress
            case "path": return .path
            default:
                let error = unknownName(text, kind: "what requests can be told apart by", known: ["client_ip", "path"])
                throw ValueError(
                    error.message,
                    hint: "\(error.hint); or hash: { header: NAME }, or hash: { cookie: NAME }"
                )
            }
        }
    }
}
