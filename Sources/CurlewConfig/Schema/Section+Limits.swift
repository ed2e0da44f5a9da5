// SPDX-License-Identifier: Apache-2.0

extension Section {
    static let limits = Section(
        "limits",
        name: "limits",
        place: "in `limits`",
        example: "limits: { connections: 10000, body_bytes: 10MB }",
        connectionLimits + requestLimits + responseLimits
    )

    private static let connectionLimits = [
        Key(
            "connections",
            .count(1...10_000_000),
            default: "10000",
            example: "5000",
            "Client connections at once, over all workers; one more is answered 503 and closed."
        ),
        Key(
            "connections_per_client",
            .orOff(.count(1...10_000_000)),
            default: "unlimited",
            example: "100",
            "Of them, those of one address or one IPv6 network of 64 bits; one more is answered 429 and closed."
        ),
        Key(
            "idle_timeout",
            .duration,
            default: "75s",
            example: "30s",
            "A kept-alive connection without a request is closed after this."
        ),
        Key(
            "requests_per_connection",
            .orOff(.count(1...1_000_000_000)),
            default: "unlimited",
            example: "1000",
            "Requests served on one connection before it is closed."
        ),
        Key(
            "pipelined_requests",
            .orOff(.count(1...1_000_000)),
            default: "unlimited",
            example: "16",
            "Requests that a client may send before the first of them is answered; those beyond are not served."
        ),
    ]

    private static let requestLimits = [
        Key(
            "request_line_bytes",
            .size(16...(16 << 20)),
            default: "16KiB",
            example: "8KiB",
            "Bytes of a request line; more is 414."
        ),
        // The shortest useful head is some thirty bytes, and one of many megabytes is held in memory.
        Key(
            "header_bytes",
            .size(64...(16 << 20)),
            default: "64KiB",
            example: "32KiB",
            "Bytes of a request's line and header; more is 431."
        ),
        Key(
            "header_count",
            .count(1...100_000),
            default: "100",
            example: "50",
            "Header fields of a request; one more is 431."
        ),
        Key(
            "header_timeout",
            .duration,
            default: "10s",
            example: "5s",
            "First to last byte of a request head; longer is 408."
        ),
        bodyBytes(default: "unlimited"),
        bodyTimeout(default: "30s"),
        Key(
            "trailer_bytes",
            .size(2...(1 << 20)),
            default: "16KiB",
            example: "4KiB",
            "Bytes of a chunked body's trailers; more is 431, or 502 in a response."
        ),
        // None is a sensible number: most services know no trailers.
        Key(
            "trailer_count",
            .count(0...10_000),
            default: "64",
            example: "8",
            "Trailers of a chunked body; one more is 431, or 502 in a response."
        ),
    ]

    private static let responseLimits = [
        // libcurl itself takes no line of more than 100 KiB.
        Key(
            "response_header_bytes",
            .size(64...(100 << 10)),
            default: "64KiB",
            example: "32KiB",
            "Bytes of the head of a backend's response; more is 502."
        ),
        Key(
            "response_header_count",
            .count(1...10_000),
            default: "256",
            example: "100",
            "Header fields of a backend's response; one more is 502."
        ),
    ]

    static let routeLimits = Section(
        "limits",
        name: "route limits",
        place: "in a route's `limits`",
        example: "limits: { body_bytes: 10MB }",
        [bodyBytes(default: nil), bodyTimeout(default: nil)]
    )

    /// Zero would mean "no bodies" to some and, as in nginx, "no limit" to others.
    private static func bodyBytes(default standard: String?) -> Key {
        Key(
            "body_bytes",
            .orOff(.size(1...1 << 50)),
            default: standard,
            example: "10MB",
            "Bytes of a request body; more is 413."
        )
    }

    private static func bodyTimeout(default standard: String?) -> Key {
        Key(
            "body_timeout",
            .duration,
            default: standard,
            example: "5s",
            "Between two reads of a request body; longer is 408."
        )
    }

    static let poolLimits = Section(
        "limits",
        name: "pool limits",
        place: "in a pool's `limits`",
        example: "limits: { active_requests: 1000 }",
        [
            Key(
                "active_requests",
                .orOff(.count(1...10_000_000)),
                default: "unlimited",
                example: "1000",
                "Requests at the pool's backends at once, over all workers; one more is 503."
            ),
            Key(
                "active_retries",
                .orOff(.count(1...10_000_000)),
                default: "unlimited",
                example: "10",
                "Attempts beyond the first that may be under way at once; unlimited leaves it to the retry budget."
            ),
        ]
    )
}
