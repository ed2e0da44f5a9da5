// SPDX-License-Identifier: Apache-2.0

extension Section {
    static let tracing = Section(
        "tracing",
        name: "tracing",
        place: "in `tracing`",
        example: "tracing: { endpoint: \"http://collector:4318/v1/traces\", sample: 10% }",
        [
            Key(
                "endpoint",
                .text("a URL", pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s]+$"),
                example: "\"http://collector:4318/v1/traces\"",
                "Where spans are sent, as OTLP over HTTP in JSON; without a path, /v1/traces. Without an endpoint, traces are "
                    + "handed on and their ids logged, and nothing is sent."
            ),
            Key(
                "sample",
                .ratio(0...100),
                default: "100%",
                example: "10%",
                "The share of traces that begin here which are recorded. Where a trace began elsewhere, that was decided there."
            ),
            Key(
                "headers",
                .map(.text("a value")),
                example: "{ Authorization: \"Bearer x\" }",
                "Header fields of each request to the collector."
            ),
            Key(
                "service_name",
                .text("a name", pattern: "."),
                default: "curlew",
                example: "edge",
                "What the spans are said to be of (service.name)."
            ),
            Key("timeout", .duration, default: "10s", example: "5s", "For one request to the collector."),
            Key(
                "batch_size",
                .count(1...10_000),
                default: "512",
                example: "100",
                "The most spans of one request to the collector."
            ),
            Key(
                "batch_delay",
                .duration,
                default: "1s",
                example: "5s",
                "How long spans are gathered for one request to the collector."
            ),
        ]
    )
}
