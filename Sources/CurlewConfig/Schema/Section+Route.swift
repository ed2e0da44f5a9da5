// SPDX-License-Identifier: Apache-2.0

import Gateway

extension Section {
    static let route = Section(
        "route",
        name: "route",
        place: "in a route, under `routes`",
        example: "{ path: /api, pool: web }",
        conditions + actions + changes + admission
    )
    .requiringOne(of: "pool", "split", "redirect", "respond")
    .excluding("path", "exact_path", hint: "path takes all below it, exact_path only itself: keep one of them")
    .excluding(
        "strip_prefix",
        "replace_prefix",
        hint: "replace_prefix: { from: /v1, to: / } strips too: keep one of them"
    )

    private static let conditions = [
        Key(
            "name",
            .text("a name", pattern: "^[A-Za-z0-9._-]{1,64}$"),
            example: "api",
            "For the log; by default its conditions."
        ),
        Key(
            "host",
            .either([.routeHost, .list(.routeHost)]),
            example: "[api.example.com, \"*.example.org\"]",
            "The request's host without its port, or a list; *.example.com is every name below example.com."
        ),
        Key(
            "path",
            .text("a path", pattern: "^/[^\\s?#]*$"),
            example: "/v1",
            "The path begins with these segments: /v1 takes /v1 and /v1/x, not /v10."
        ),
        Key(
            "exact_path",
            .text("a path", pattern: "^/[^\\s?#]*$"),
            example: "/healthz",
            "The whole path, and nothing more."
        ),
        Key(
            "methods",
            .list(.text("a method", pattern: "^[A-Z!#$%&'*+.^_`|~0-9-]+$")),
            example: "[GET, POST]",
            "One of these methods."
        ),
        Key(
            "headers",
            .map(.text("a value")),
            example: "{ X-Canary: \"1\", X-Any: \"*\" }",
            "Each of these header fields with this value; \"*\" is any."
        ),
        Key(
            "query",
            .map(.text("a value")),
            example: "{ version: \"2\" }",
            "Each of these parameters of the query with this value; \"*\" is any."
        ),
    ]

    private static let actions = [
        Key("pool", .poolName, example: "web", "The pool that its requests go to."),
        Key(
            "split",
            .list(.section(.split)),
            example: "[{ pool: web, percent: 90 }, { pool: other, percent: 10 }]",
            "The pools that its requests go to, by chance; 100 together."
        ),
        Key(
            "redirect",
            .section(.redirect),
            example: "{ to: \"https://{host}{path}{query}\" }",
            "Sends the client elsewhere."
        ),
        Key("respond", .section(.respond), example: "{ status: 204 }", "An answer without a backend."),
    ]

    private static let changes = [
        Key(
            "strip_prefix",
            .text("a path", pattern: "^/[^\\s?#]*$"),
            example: "/v1",
            "Takes these segments away from the front of the path."
        ),
        Key(
            "replace_prefix",
            .section(.replacePrefix),
            example: "{ from: /v1, to: /api }",
            "Puts other segments in their place."
        ),
        Key(
            "request_headers",
            .section(.requestHeaders),
            example: "{ set: { X-Env: prod } }",
            "Changes to the header that the backend is sent."
        ),
        Key(
            "response_headers",
            .section(.responseHeaders),
            example: "{ remove: [Server] }",
            "Changes to the header that the client is sent."
        ),
        Key(
            "timeouts",
            .section(.routeTimeouts),
            example: "{ first_byte: 5m }",
            "As in the pool; what is left out is as the pool has it, or the first of a split."
        ),
        Key(
            "retry",
            .section(.routeRetry),
            example: "{ attempts: 1 }",
            "As in the pool; what is left out is as the pool has it, or the first of a split."
        ),
        Key("limits", .section(.routeLimits), example: "{ body_bytes: 10MB }", "In place of the gateway's."),
    ]

    private static let admission = [
        Key(
            "rate_limit",
            .section(.rateLimit),
            example: "{ requests: 100, per: 1s }",
            "How many of its requests may come within a time; more are answered 429."
        ),
        Key(
            "concurrency_per_client",
            .orOff(.count(1...1_000_000)),
            default: "unlimited",
            example: "10",
            "Requests of one client address, or one IPv6 network of 64 bits, at once."
        ),
        Key(
            "access",
            .section(.access),
            example: "{ allow: [10.0.0.0/8] }",
            "Who may come, by address; others are answered 403."
        ),
        Key(
            "basic_auth",
            .section(.basicAuth),
            example: "{ users_file: /etc/curlew/htpasswd }",
            "Who may come, by name and password; others are answered 401."
        ),
        Key(
            "mirror",
            .section(.mirror),
            example: "{ pool: web, percent: 10% }",
            "Sends copies of requests to another pool, and throws the answers away."
        ),
        Key(
            "log",
            .choice(LogConfiguration.Access.allCases.map(\.rawValue)),
            example: "off",
            "Whether its requests leave REQUEST, RESPONSE and MIRROR records, instead of `log.access`."
        ),
    ]

    static let split = Section(
        "share",
        name: "split",
        place: "in an item of `split`",
        example: "{ pool: web, percent: 90 }",
        [
            Key("pool", .poolName, example: "other", "The pool."),
            Key("percent", .percent(0...100), example: "100", "Its share of the route's requests."),
        ]
    )
    .requiring("pool", "percent")

    static let redirect = Section(
        "redirect",
        name: "redirect",
        place: "in a route's `redirect`",
        example: "redirect: { to: \"https://{host}{path}{query}\", status: 308 }",
        [
            Key(
                "to",
                .text("a URL or a path", pattern: "^(https?://|/|\\{path\\})"),
                example: "\"/new{query}\"",
                "Where to. {host}, {path} and {query} (with its ?) are those of the request."
            ),
            Key(
                "status",
                .choice(["301", "302", "303", "307", "308"]),
                default: "308",
                example: "302",
                "308 and 307 keep the method, 301 and 308 are for good."
            ),
        ]
    )
    .requiring("to")

    static let respond = Section(
        "answer",
        name: "respond",
        place: "in a route's `respond`",
        example: "respond: { status: 200, body: \"ok\\n\" }",
        [
            Key("status", .count(200...599), default: "200", example: "404", "The status code."),
            Key("body", .text("a text"), default: "\"\"", example: "\"ok\\n\"", "The body, in UTF-8."),
            Key(
                "content_type",
                .text("a media type", pattern: "^[^\\s/]+/[^\\s/;]+"),
                default: "text/plain; charset=utf-8",
                example: "application/json",
                "What the body is."
            ),
            Key("headers", .map(.text("a value")), example: "{ Cache-Control: no-store }", "More header fields."),
        ]
    )

    static let replacePrefix = Section(
        "replacement",
        name: "replace_prefix",
        place: "in a route's `replace_prefix`",
        example: "replace_prefix: { from: /v1, to: /api }",
        [
            Key(
                "from",
                .text("a path", pattern: "^/[^\\s?#]*$"),
                example: "/v2",
                "These segments at the front of the path; a path without them stays as it is."
            ),
            Key("to", .text("a path", pattern: "^/[^\\s?#]*$"), example: "/other", "What stands there instead."),
        ]
    )
    .requiring("from", "to")

    static let requestHeaders = edits(
        "request",
        example: "request_headers: { set: { X-Env: prod }, remove: [X-Debug] }"
    )
    static let responseHeaders = edits(
        "response",
        example: "response_headers: { set: { X-Frame-Options: DENY }, remove: [Server] }"
    )

    private static func edits(_ side: String, example: String) -> Section {
        Section(
            "edit",
            name: "\(side)_headers",
            place: "in a route's `\(side)_headers`",
            example: example,
            [
                Key("remove", .list(.headerName), example: "[X-Debug]", "These fields are removed, first of all."),
                Key(
                    "set",
                    .map(.text("a value")),
                    example: "{ X-Env: prod }",
                    "These stand in place of all of that name."
                ),
                Key(
                    "add",
                    .map(.text("a value")),
                    example: "{ X-Tag: a }",
                    "These are added beside others of that name."
                ),
            ]
        )
    }
}

extension Kind {
    static let routeHost = Kind.text("a host", pattern: "^(\\*\\.)?[A-Za-z0-9._-]+$|^\\[[0-9A-Fa-f:.]+\\]$")
}
