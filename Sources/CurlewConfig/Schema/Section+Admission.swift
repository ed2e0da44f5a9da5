// SPDX-License-Identifier: Apache-2.0

extension Section {
    static let rateLimit = Section(
        "rate limit",
        name: "rate_limit",
        place: "in a `rate_limit`",
        example: "rate_limit: { requests: 100, per: 1s, burst: 50 }",
        [
            Key(
                "requests",
                .count(1...1_000_000_000),
                example: "50",
                "How many come within `per` in the long run; more are answered 429."
            ),
            Key("per", .duration, default: "1s", example: "1m", "The time."),
            Key(
                "burst",
                .count(1...1_000_000_000),
                example: "500",
                "How many may come at once after a pause; by default as many as `requests`."
            ),
            Key(
                "by",
                .either([.choice(["client_ip", "route"]), .section(.rateKey)]),
                default: "client_ip",
                example: "{ header: X-Key }",
                "Whose requests are counted together: those of one address (or IPv6 network of 64 bits), those with one value of a header field, or all."
            ),
            Key("dry_run", .boolean, default: "false", example: "true", "Only log what would have been rejected."),
        ]
    )
    .requiring("requests")

    static let rateKey = Section(
        "key",
        name: "rate_limit.by",
        place: "in a rate limit's `by`",
        example: "by: { header: X-Key }",
        [Key("header", .headerName, example: "X-Other", "The header field; requests without it count together.")]
    )
    .requiring("header")

    static let access = Section(
        "access list",
        name: "access",
        place: "in a route's `access`",
        example: "access: { allow: [10.0.0.0/8], deny: [10.1.0.0/16] }",
        [
            Key(
                "allow",
                .either([.network, .list(.network)]),
                example: "[10.0.0.0/8]",
                "These may come, and then nobody else."
            ),
            Key(
                "deny",
                .either([.network, .list(.network)]),
                example: "[10.1.0.0/16]",
                "These may not. The most specific network that a client is in decides."
            ),
        ]
    )

    static let basicAuth = Section(
        "basic_auth",
        name: "basic_auth",
        place: "in a route's `basic_auth`",
        example: "basic_auth: { realm: staff, users_file: /etc/curlew/htpasswd }",
        [
            Key(
                "realm",
                .text("a text", pattern: "^[ -!#-\\[\\]-~]+$"),
                default: "restricted",
                example: "staff",
                "What the browser shows."
            ),
            Key(
                "users_file",
                .filePath,
                example: "/etc/curlew/htpasswd",
                "A file with lines of name:hash, as `htpasswd -B` writes it; # begins a comment."
            ),
            Key(
                "users",
                .map(.text("the hash of a password")),
                example: "{ ada: \"$2y$05$dUazlzhvegOQ1K9JolOZMOJixcNiMQg5WFdKEmoUBl7Oq7APAWACW\" }",
                "Hashes by name, as crypt(5) writes them: bcrypt up to cost 14, SHA-512 or SHA-256 up to a million rounds, "
                    + "yescrypt or scrypt up to 128 MiB."
            ),
        ]
    )

    static let mirror = Section(
        "mirror",
        name: "mirror",
        place: "in a route's `mirror`",
        example: "mirror: { pool: shadow, percent: 10% }",
        [
            Key("pool", .poolName, example: "other", "The pool that copies go to."),
            Key(
                "percent",
                .percent,
                default: "100%",
                example: "10%",
                "The share of requests that are copied, down to 0.01 %."
            ),
            Key(
                "concurrency",
                .count(1...1_000_000),
                default: "100",
                example: "10",
                "Copies under way at once, over all workers; beyond that none is made."
            ),
        ]
    )
    .requiring("pool")
}
