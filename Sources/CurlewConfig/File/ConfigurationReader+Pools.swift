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
            report(
                backends.keyMark,
                "",
                "both \"backends\" and \"pools\" are given",
                hint: "move these backends into a pool, or remove \"pools\": \"backends\" is the whole of a simple file"
            )
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
        checkName(entry)
        guard let fields = fields(of: entry.value, path: entry.path, section: .pool) else { return pool }
        assign(&pool.strategy, fields["strategy"], .strategy)
        if let backends = fields["backends"] {
            pool.backends = self.backends(backends)
        } else {
            report(
                entry.keyMark,
                entry.path,
                "the pool has no backends",
                hint: "add backends: [\"http://localhost:3001\"]"
            )
        }
        healthCheck(fields["health_check"], &pool.healthCheck)
        timeouts(fields["timeouts"], &pool.timeouts)
        retry(fields["retry"], &pool.retry)
        return pool
    }

    /// A pool's name stands in log records, metric labels and messages, and must not need quoting there.
    private mutating func checkName(_ entry: Field) {
        let wellFormed = entry.key.utf8.allSatisfy { byte in
            Character(Unicode.Scalar(byte)).isASCII
                && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
                    || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte))
        }
        guard !wellFormed || !(1...64).contains(entry.key.utf8.count) else { return }
        report(
            entry.keyMark,
            "pools",
            "\(entry.key.quoted) cannot be the name of a pool",
            hint: "use up to 64 letters, digits, dots, hyphens and underscores, for example web"
        )
    }

    private mutating func backends(_ field: Field) -> [BackendConfiguration] {
        let example = "backends: [\"http://localhost:3001\", \"http://localhost:3002\"]"
        guard let items = items(of: field, example: example) else { return [] }
        var backends = [BackendConfiguration]()
        var lines = [String: Int]()
        for item in items {
            guard let (url, mark) = backend(item, path: field.path) else { continue }
            if let line = lines[url.identity] {
                report(
                    mark,
                    field.path,
                    "the backend \(url) is already in the pool, on line \(line)",
                    hint: "keep one of them"
                )
                continue
            }
            lines[url.identity] = mark?.line ?? 1
            backends.append(BackendConfiguration(url: url))
        }
        return backends
    }

    /// A backend is a URL, or a mapping with one.
    private mutating func backend(_ node: Node, path: String) -> (url: BackendURL, mark: Mark?)? {
        let example = "http://localhost:3001"
        guard node.mapping != nil else {
            return scalar(node, path: path, .backendURL, example: example).map { ($0, node.mark) }
        }
        guard let fields = fields(of: node, path: path, section: .backend) else { return nil }
        guard let field = fields["url"] else {
            report(node.mark, path, "the backend has no url", hint: "for example \(Section.backend.example)")
            return nil
        }
        return scalar(field.value, path: field.path, .backendURL, example: "url: \(example)")
            .map { ($0, field.value.mark) }
    }
}
