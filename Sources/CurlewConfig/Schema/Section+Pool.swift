// SPDX-License-Identifier: Apache-2.0

import Gateway

extension Section {
    static let pool = Section(
        "pool",
        name: "pool",
        place: "in a pool, under `pools`",
        example: "web: { backends: [\"http://localhost:3001\"] }",
        [
            Key(
                "backends",
                .backends,
                example: "[\"http://localhost:3001\", { url: \"http://localhost:3002\", weight: 3 }]",
                "http://…, https://… (verified) or unix:/path; text, or a mapping with url."
            ),
            Key(
                "strategy",
                .choice(ValueParser<String>.strategies),
                default: ValueParser<String>.strategies[0],
                example: "least_connections",
                "How a backend is chosen."
            ),
            Key(
                "hash",
                .either([.choice(["client_ip", "path"]), .section(.hash)]),
                default: "client_ip",
                example: "{ header: X-User }",
                "What requests must have in common to reach the same backend, for strategy: consistent_hash."
            ),
            Key("health_check", .section(.healthCheck), example: "{ path: /up }", "How the backends are pinged."),
            Key(
                "outlier",
                .orOff(.section(.outlier)),
                default: "off",
                example: "{ consecutive_5xx: 3 }",
                "Takes a backend out for a time when it answers, but not well."
            ),
            Key(
                "retry",
                .section(.retry),
                example: "{ attempts: 2 }",
                "When a failed request goes to another backend."
            ),
            Key(
                "timeouts",
                .section(.timeouts),
                example: "{ connect: 1s }",
                "How long the parts of a request to a backend may take."
            ),
            Key(
                "queue",
                .section(.queue),
                example: "{ size: 10 }",
                "Requests that wait while every backend has its max_connections."
            ),
            Key(
                "limits",
                .section(.poolLimits),
                example: "{ active_requests: 1000 }",
                "How many requests the pool may have at once."
            ),
            Key(
                "adaptive_concurrency",
                .orOff(.section(.adaptive)),
                default: "off",
                example: "{ maximum: 200 }",
                "Finds out by latency how many requests the pool can have at once, and rejects the rest."
            ),
            Key(
                "sticky",
                .orOff(.section(.sticky)),
                default: "off",
                example: "{ cookie: seat }",
                "Clients that stay with the backend that served them first, by a signed cookie."
            ),
            Key(
                "slow_start",
                .orOff(.duration),
                default: "off",
                example: "30s",
                "How long a backend that has come back takes to its full share."
            ),
            Key(
                "when_all_down",
                .choice(WhenAllDown.allCases.map(\.rawValue)),
                default: "reject",
                example: "try_anyway",
                "What becomes of a request when every backend is out: 503, or one is tried all the same."
            ),
        ]
    )
    .requiring("backends")

    static let hash = Section(
        "hash",
        name: "hash",
        place: "in a pool's `hash`",
        example: "hash: { header: X-User, balance: 150% }",
        [
            Key(
                "by",
                .choice(["client_ip", "path"]),
                default: "client_ip",
                example: "path",
                "The client's address, or the path without its query."
            ),
            Key(
                "header",
                .headerName,
                example: "X-User",
                "The value of this header field; the client's address where it is missing."
            ),
            Key(
                "cookie",
                .headerName,
                example: "session",
                "The value of this cookie; the client's address where it is missing."
            ),
            Key(
                "balance",
                .orOff(.ratio(100...10_000)),
                default: "125%",
                example: "150%",
                "The most that a backend may have of requests in flight, of its fair share, before one goes to the next."
            ),
        ]
    )
    .excluding("by", "header", "cookie", hint: "requests are told apart by one thing: keep one of them")

    static let healthCheck = Section(
        "health check",
        name: "health_check",
        place: "in a pool's `health_check`",
        example: "health_check: { path: /health, interval: 5s }",
        [
            Key(
                "path",
                .text("a path", pattern: "^/[^\\s#]*$"),
                default: "/",
                example: "/health",
                "The path and query that a ping asks for."
            ),
            Key("interval", .duration, default: "5s", example: "2s", "From one round of pings to the next."),
            Key("timeout", .duration, default: "3s", example: "1s", "No answer by then is a failed ping."),
            Key(
                "jitter",
                .ratio(0...100),
                default: "10%",
                example: "20%",
                "Each interval is longer or shorter by up to this share of it, by chance."
            ),
            Key(
                "expect_status",
                .either([.statusCodes, .list(.statusCodes)]),
                default: "200-399",
                example: "[200-299, 401]",
                "What counts as healthy: a code, a range, or a list of them."
            ),
            Key(
                "expect_body",
                .text("a text"),
                example: "\"\\\"status\\\":\\\"ok\\\"\"",
                "What the first 64 KiB of the answer must hold."
            ),
            Key(
                "method",
                .choice(["GET", "HEAD", "OPTIONS"]),
                default: "GET",
                example: "HEAD",
                "The method of a ping."
            ),
            Key(
                "host",
                .text("a host", pattern: "^[^\\s/@]+$"),
                example: "www.example.com",
                "The Host field of pings; by default the backend's own host, or that of its URL."
            ),
            Key("rise", .count(1...1000), default: "1", example: "2", "Good pings in a row that bring a backend back."),
            Key("fall", .count(1...1000), default: "1", example: "3", "Failed pings in a row that take it out."),
            Key(
                "down_interval",
                .duration,
                example: "1s",
                "From one ping to the next while a backend is down; by default the interval."
            ),
            Key(
                "passive_fall",
                .count(1...1000),
                default: "1",
                example: "3",
                "Requests in a row that must fail for a backend to be taken out for that; 1 is at once."
            ),
        ]
    )

    static let timeouts = Section(
        "timeouts",
        name: "timeouts",
        place: "in a pool's `timeouts`",
        example: "timeouts: { connect: 3s, total: 1h }",
        [
            Key(
                "connect",
                .duration,
                default: "3s",
                example: "1s",
                "Name lookup, TCP and TLS together, for each attempt."
            )
        ]
            + exchangeTimeouts(areDefaults: true)
            + [
                Key(
                    "keep_alive",
                    .duration,
                    default: "60s",
                    example: "30s",
                    "A connection to a backend that no request has used for so long is closed. Best a little less than the backend's own limit."
                )
            ]
    )

    static let routeTimeouts = Section(
        "timeouts",
        name: "route timeouts",
        place: "in a route's `timeouts`",
        example: "timeouts: { first_byte: 5m, total: off }",
        exchangeTimeouts(areDefaults: false)
    )

    private static func exchangeTimeouts(areDefaults: Bool) -> [Key] {
        [
            Key(
                "first_byte",
                .duration,
                default: areDefaults ? "30s" : nil,
                example: "5s",
                "From the end of the request to the first byte of the response."
            ),
            Key(
                "idle",
                .duration,
                default: areDefaults ? "60s" : nil,
                example: "10s",
                "Without a byte either way once the response has begun, or that the backend takes of a request body."
            ),
            Key(
                "total",
                .orOff(.duration),
                default: areDefaults ? "1h" : nil,
                example: "5m",
                "The whole exchange with its retries; not for tunnels and event streams."
            ),
            Key(
                "tunnel",
                .duration,
                default: areDefaults ? "1h" : nil,
                example: "5m",
                "A WebSocket or other upgraded connection without a byte in either direction."
            ),
        ]
    }

    static let queue = Section(
        "queue",
        name: "queue",
        place: "in a pool's `queue`",
        example: "queue: { size: 100, timeout: 1s }",
        [
            Key(
                "size",
                .count(0...1_000_000),
                default: "100",
                example: "10",
                "How many may wait, over all workers; one more is 503."
            ),
            Key("timeout", .duration, default: "1s", example: "5s", "How long one waits before it is answered 503."),
        ]
    )

    static let adaptive = Section(
        "adaptive_concurrency",
        name: "adaptive_concurrency",
        place: "in a pool's `adaptive_concurrency`",
        example: "adaptive_concurrency: { minimum: 10, maximum: 1000 }",
        [
            Key("minimum", .count(1...1_000_000), default: "10", example: "5", "The limit never falls below this."),
            Key("maximum", .count(1...1_000_000), default: "1000", example: "200", "Nor does it rise above this."),
        ]
    )
}

extension Kind {
    static let statusCodes = Kind.either([
        .count(100...599), .text("a range of status codes", pattern: "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$"),
    ])
}
