// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Writes a configuration as a file that reads back to it, with every default filled in.
struct ConfigurationWriter {
    /// Whether secrets stand in it. If not, `***` stands for each, and the file reads back to something else.
    var showsSecrets = false

    func tree(_ configuration: GatewayConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("listen", .list(configuration.listen.map(listen)))
        entries.add("workers", workers(configuration.workers))
        entries.add("drain_timeout", configuration.drainTimeout)
        entries.add("drain_delay", configuration.drainDelay)
        entries.add("reload_on_change", orOff: configuration.reloadOnChange)
        if let admin = configuration.admin { entries.add("admin", self.admin(admin)) }
        entries.add("trusted_proxies", networks(configuration.trustedProxies.networks))
        entries.add("log", log(configuration.log))
        if let tracing = configuration.tracing { entries.add("tracing", self.tracing(tracing)) }
        entries.add("limits", limits(configuration.limits))
        if let limit = configuration.rateLimit { entries.add("rate_limit", rateLimit(limit)) }
        entries.add("pools", .mapping(configuration.pools.map { Tree.Entry($0.name, pool($0)) }))
        entries.add("routes", .list(configuration.routes.map(route)))
        return .mapping(entries)
    }

    private func listen(_ address: ListenAddress) -> Tree {
        guard address.proxyProtocol else { return .text(address.description) }
        return .mapping([.init("address", .text(address.description)), .init("proxy_protocol", .boolean(true))])
    }

    private func admin(_ admin: AdminConfiguration) -> Tree {
        var entries = [Tree.Entry("listen", .text(admin.listen.description))]
        if let token = admin.token { entries.add("token", secret(token)) }
        return .mapping(entries)
    }

    private func workers(_ workers: WorkerCount) -> Tree {
        switch workers {
        case .auto: .text("auto")
        case .exactly(let count): .number("\(count)")
        }
    }

    private func log(_ log: LogConfiguration) -> Tree {
        let output =
            switch log.output {
            case .stdout: "stdout"
            case .stderr: "stderr"
            case .file(let path): path
            }
        var entries: [Tree.Entry] = [
            .init("format", .text(log.format.rawValue)), .init("level", .text(log.level.rawValue)),
            .init("access", .text(log.access.rawValue)), .init("output", .text(output)),
        ]
        entries.add("sample", perCent: log.samplePercent)
        entries.add("slow", orOff: log.slow)
        let query: Tree =
            switch log.redaction.query {
            case .nothing: .text("none")
            case .all: .text("all")
            case .parameters(let names): .list(names.map { .text(literal($0)) })
            }
        let hidden = Tree.list(log.redaction.headers.map(Tree.text))
        entries.add("redact", .mapping([.init("query", query), .init("headers", hidden)]))
        entries.add("headers", .list(log.headers.map(Tree.text)))
        entries.add("response_headers", .list(log.responseHeaders.map(Tree.text)))
        return .mapping(entries)
    }

    private func limits(_ limits: LimitsConfiguration) -> Tree {
        var entries = [Tree.Entry]()
        entries.add("connections", limits.connections)
        entries.add("connections_per_client", orUnlimited: limits.connectionsPerClient)
        entries.add("idle_timeout", limits.idleTimeout)
        entries.add("requests_per_connection", orUnlimited: limits.requestsPerConnection)
        entries.add("pipelined_requests", orUnlimited: limits.pipelinedRequests)
        entries.add("request_line_bytes", size: limits.requestLineBytes)
        entries.add("header_bytes", size: limits.headerBytes)
        entries.add("header_count", limits.headerCount)
        entries.add("header_timeout", limits.headerTimeout)
        entries.add("body_bytes", sizeOrUnlimited: limits.bodyBytes)
        entries.add("body_timeout", limits.bodyTimeout)
        entries.add("trailer_bytes", size: limits.trailerBytes)
        entries.add("trailer_count", limits.trailerCount)
        entries.add("response_header_bytes", size: limits.responseHeaderBytes)
        entries.add("response_header_count", limits.responseHeaderCount)
        return .mapping(entries)
    }

    func networks(_ networks: [IPNetwork]) -> Tree { .list(networks.map { .text($0.description) }) }

    /// A text that is nobody else's business.
    func secret(_ text: String) -> Tree { .text(showsSecrets ? literal(text) : "***") }

    func secret(_ bytes: [UInt8]) -> Tree { secret(String(decoding: bytes, as: UTF8.self)) }

    /// A text in which nothing is a variable.
    func literal(_ text: String) -> String { text.replacing("${", with: "$${") }
}

extension [Tree.Entry] {
    mutating func add(_ key: String, _ value: Tree) { append(.init(key, value)) }

    mutating func add(_ key: String, _ value: Int) { add(key, .number("\(value)")) }

    mutating func add(_ key: String, size: Int) {
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1_000_000, "MB"), (1000, "KB")]
        let unit = units.first { size != 0 && size % $0.0 == 0 }
        add(key, unit.map { .text("\(size / $0.0)\($0.1)") } ?? .number("\(size)"))
    }

    mutating func add(_ key: String, sizeOrUnlimited size: Int?) {
        if let size { add(key, size: size) } else { add(key, .text("unlimited")) }
    }

    mutating func add(_ key: String, _ value: Bool) { add(key, .boolean(value)) }

    mutating func add(_ key: String, _ value: Duration) { add(key, .text(value.written)) }

    mutating func add(_ key: String, orUnlimited value: Int?) {
        add(key, value.map { .number("\($0)") } ?? .text("unlimited"))
    }

    mutating func add(_ key: String, orOff value: Duration?) { add(key, .text(value?.written ?? "off")) }

    mutating func add(_ key: String, perCent value: Int?) { add(key, .text(value.map { "\($0)%" } ?? "off")) }
}
