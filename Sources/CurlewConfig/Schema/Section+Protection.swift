// SPDX-License-Identifier: Apache-2.0

import Gateway

extension Section {
    static let outlier = Section(
        "outlier",
        name: "outlier",
        place: "in a pool's `outlier`",
        example: "outlier: { consecutive_5xx: 5, eject_for: 30s }",
        [
            Key(
                "consecutive_5xx",
                .orOff(.count(1...10_000)),
                default: "5",
                example: "3",
                "So many 5xx in a row take a backend out."
            ),
            Key(
                "failure_rate",
                .orOff(.ratio(1...100)),
                default: "off",
                example: "50%",
                "So large a share of failed requests within the window takes it out."
            ),
            Key(
                "latency",
                .orOff(.factor(1.1...1000)),
                default: "off",
                example: "3",
                "A median time to the first byte so many times the pool's takes it out."
            ),
            Key(
                "window",
                .duration,
                default: "10s",
                example: "30s",
                "How far back failures and latency are looked at."
            ),
            Key(
                "minimum_requests",
                .count(1...1_000_000),
                default: "20",
                example: "100",
                "Share and latency count only from so many requests to the backend within the window on."
            ),
            Key(
                "eject_for",
                .duration,
                default: "30s",
                example: "10s",
                "How long a backend is out the first time; the n-th time in a row n times as long."
            ),
            Key("max_eject_for", .duration, default: "5m", example: "10m", "It is never out longer than that."),
            Key(
                "max_ejected",
                .ratio(1...100),
                default: "50%",
                example: "30%",
                "No more of the pool's backends than this are out at once because of it."
            ),
        ]
    )

    static let retry = retry(name: "retry", place: "in a pool's `retry`", areDefaults: true)
    static let routeRetry = retry(name: "route retry", place: "in a route's `retry`", areDefaults: false)

    /// A route's retry has the defaults of its pool.
    private static func retry(name: String, place: String, areDefaults: Bool) -> Section {
        let keys = (retryRules + retryTimes).map { key in
            areDefaults ? key : Key(key.name, key.kind, example: key.example, key.text)
        }
        return Section("retry", name: name, place: place, example: "retry: { attempts: 3, on: [connect, reset] }", keys)
    }

    private static let retryRules = [
        Key("attempts", .count(1...100), default: "3", example: "2", "In all, the first included; 1 is no retries."),
        Key(
            "on",
            .list(.either([.choice(RetryConfiguration.Condition.allCases.map(\.rawValue)), .count(400...599)])),
            default: "[connect, reset, timeout]",
            example: "[connect, 502, 503]",
            "Which failures, and which status codes of a backend; all but connect only for idempotent requests. Programs that read YAML 1.1 take a bare `on` for a truth value: write `\"on\"` for them."
        ),
        Key(
            "budget",
            .orOff(.ratio(0...100)),
            default: "20%",
            example: "10%",
            "The share of the pool's active requests that may be retries."
        ),
        Key(
            "budget_minimum",
            .count(0...1_000_000),
            default: "3",
            example: "10",
            "So many retries may be under way however few requests there are."
        ),
        // None is a sensible size for a buffer: then no request with a body is sent again.
        Key(
            "body_buffer",
            .size(0...(64 << 20)),
            default: "64KiB",
            example: "1MiB",
            "How much of a request body is kept so that it can be sent again."
        ),
        Key(
            "non_idempotent",
            .boolean,
            default: "false",
            example: "true",
            "Retry requests that are not idempotent too, though they may then be done twice."
        ),
    ]

    private static let retryTimes = [
        Key(
            "per_try_timeout",
            .orOff(.duration),
            default: "off",
            example: "2s",
            "How long one attempt may take to the first byte of its response."
        ),
        Key(
            "backoff",
            .delay,
            default: "25ms",
            example: "100ms",
            "The longest wait before the second retry; it doubles up to ten times as much, and each is a random part of it. "
                + "0s is none."
        ),
        Key(
            "hedge_after",
            .orOff(.duration),
            default: "off",
            example: "50ms",
            "An idempotent request without an answer by then is sent to another backend too, and the first answer counts."
        ),
    ]

    static let sticky = Section(
        "sticky",
        name: "sticky",
        place: "in a pool's `sticky`",
        example: "sticky: { cookie: curlew, ttl: 1h }",
        [
            Key("cookie", .headerName, default: "curlew", example: "seat", "The cookie's name."),
            Key(
                "secret",
                .text("a secret", pattern: "."),
                example: "a-secret-of-at-least-16-bytes",
                "The key of the cookie's signature; by default one made at each start. A file keeps it better."
            ),
            Key(
                "secret_file",
                .filePath,
                example: "/run/secrets/curlew",
                "The file that holds the secret in its first line."
            ),
            Key(
                "ttl",
                .either([.choice(["session"]), .duration]),
                default: "session",
                example: "1h",
                "How long a browser keeps the cookie; session is for as long as it runs."
            ),
            Key(
                "secure",
                .choice(StickyConfiguration.Secure.allCases.map(\.rawValue)),
                default: "auto",
                example: "always",
                "When the cookie is marked to be sent over TLS alone; auto is when the client came over TLS, as far as is known."
            ),
            Key(
                "same_site",
                .choice(StickyConfiguration.SameSite.allCases.map(\.rawValue)),
                default: "lax",
                example: "strict",
                "What browsers send with requests from other sites."
            ),
            Key(
                "path",
                .text("a path", pattern: "^/[^\\s;]*$"),
                default: "/",
                example: "/app",
                "The paths that browsers send the cookie with."
            ),
        ]
    )
    .excluding("secret", "secret_file", hint: "the secret has one place: keep one of them")
}
