// SPDX-License-Identifier: Apache-2.0

/// The keys that one mapping of the file may hold.
struct Section: Sendable {
    /// Those that exist.
    let known: [String]
    /// Those that are designed but not built, so that nobody believes a setting to be in force that is not.
    let planned: [String]
    /// Such a mapping, on one line.
    let example: String

    init(known: [String], planned: [String] = [], example: String) {
        self.known = known
        self.planned = planned
        self.example = example
    }

    static let top = Section(
        known: [
            "listen", "workers", "drain_timeout", "trusted_proxies", "log", "limits", "backends", "pools", "routes",
        ],
        planned: ["admin"],
        example: "backends: [\"http://localhost:3001\"]"
    )
    static let listen = Section(
        known: ["address", "proxy_protocol"],
        example: "{ address: \"0.0.0.0:3000\", proxy_protocol: true }"
    )
    static let log = Section(
        known: ["format", "level", "access", "output"],
        example: "log: { format: text, level: info }"
    )
    static let limits = Section(
        known: [
            "connections", "connections_per_client", "request_line_bytes", "header_bytes", "header_count", "body_bytes",
            "trailer_bytes", "trailer_count", "header_timeout", "body_timeout", "idle_timeout",
            "requests_per_connection", "pipelined_requests", "response_header_bytes", "response_header_count",
        ],
        example: "limits: { connections: 10000, body_bytes: 10MB }"
    )
    static let pool = Section(
        known: ["strategy", "backends", "health_check", "timeouts", "retry"],
        planned: ["outlier", "sticky", "slow_start"],
        example: "web: { backends: [\"http://localhost:3001\"] }"
    )
    static let backend = Section(
        known: ["url"],
        planned: ["weight", "max_connections", "backup"],
        example: "{ url: \"http://localhost:3001\" }"
    )
    static let healthCheck = Section(
        known: ["path", "interval", "timeout", "expect_status", "rise", "fall"],
        planned: ["jitter"],
        example: "health_check: { path: /health, interval: 5s }"
    )
    static let timeouts = Section(
        known: ["connect", "first_byte", "idle", "total", "tunnel", "keep_alive"],
        example: "timeouts: { connect: 3s, total: 1h }"
    )
    static let retry = Section(
        known: ["attempts", "on", "body_buffer"],
        planned: ["budget"],
        example: "retry: { attempts: 3, on: [connect, reset] }"
    )
    static let route = Section(
        known: ["pool"],
        planned: ["host", "path", "methods", "headers", "rate_limit"],
        example: "{ pool: web }"
    )

    /// Where else a key belongs, for one that stands in the wrong mapping.
    static func home(of key: String) -> String? {
        let homes: [(name: String, section: Section)] = [
            ("at the top of the file", top), ("in an item of `listen`", listen), ("in `log`", log),
            ("in `limits`", limits),
            ("in a pool, under `pools`", pool), ("in a pool's `health_check`", healthCheck),
            ("in a pool's `timeouts`", timeouts), ("in a pool's `retry`", retry),
        ]
        // `backends` and the like have two homes, and then neither is worth naming.
        let fitting = homes.filter { $0.section.known.contains(key) }
        return fitting.count == 1 ? fitting[0].name : nil
    }

    /// What to say about a key that is not one of this section's.
    func complaint(about key: String) -> ValueError {
        let keys =
            known.count == 1 ? "the only key here is \(known[0])" : "the keys here are \(known.joined(separator: ", "))"
        if planned.contains(key) {
            return ValueError(
                "unknown key \(key.quoted): it is not built yet, and this version of Curlew would not act on it",
                hint: "remove it; \(keys)"
            )
        }
        let message = "unknown key \(key.quoted)"
        let nearest = Spelling.nearest(to: key, among: known + planned) ?? ""
        if Spelling.isLikely(nearest, for: key) {
            let unbuilt = planned.contains(nearest) ? ", which is not built yet" : ""
            return ValueError(message, hint: "did you mean \(nearest)\(unbuilt)? \(keys)")
        }
        if let home = Self.home(of: key) {
            return ValueError(message, hint: "\(key) belongs \(home); \(keys)")
        }
        return ValueError(message, hint: "the nearest is \(nearest); \(keys)")
    }
}
