// SPDX-License-Identifier: Apache-2.0

import Gateway

/// What the admin API is sent.
extension Section {
    static let backendChange = Section(
        "request",
        name: "backend change",
        place: "in the body",
        example: "{ \"weight\": 3, \"enabled\": false }",
        backend.keys.filter { ["weight", "enabled"].contains($0.name) }
    )

    static let drain = Section(
        "request",
        name: "drain",
        place: "in the body",
        example: "{ \"timeout\": \"30s\" }",
        [Key("timeout", .delay, example: "\"30s\"", "How long it is waited for.")]
    )

    static let logLevel = Section(
        "request",
        name: "log level",
        place: "in the body",
        example: "{ \"level\": \"debug\" }",
        [
            Key(
                "level",
                .choice(LogConfiguration.Level.allCases.map(\.rawValue)),
                example: "\"debug\"",
                "The least severe message that is written."
            )
        ]
    )
    .requiring("level")

    static let configurationText = Section(
        "request",
        name: "configuration text",
        place: "in the body",
        example: "{ \"configuration\": \"backends: [http://localhost:3001]\" }",
        [Key("configuration", .text("a text"), example: "\"workers: auto\"", "The text of a file.")]
    )
    .requiring("configuration")

    static let explainedRequest = Section(
        "request",
        name: "explained request",
        place: "in the body",
        example: "{ \"method\": \"GET\", \"url\": \"http://example.com/\" }",
        [
            Key("method", .text("a text"), example: "\"GET\"", "As it stands in the request line."),
            Key("url", .text("a text"), example: "\"http://example.com/\"", "Or a target, such as /path."),
            Key("headers", .list(.text("a text"), mayBeEmpty: true), example: "[\"X-A: 1\"]", "The header fields."),
            Key("from", .text("a text"), example: "\"203.0.113.9\"", "Who connects."),
        ]
    )
    .requiring("method", "url")

    static let nothing = Section(
        "request",
        name: "nothing",
        place: "in the body",
        example: "{}",
        []
    )
}
