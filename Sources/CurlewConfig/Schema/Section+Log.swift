// SPDX-License-Identifier: Apache-2.0

import Gateway

extension Section {
    static let log = Section(
        "log",
        name: "log",
        place: "in `log`",
        example: "log: { format: text, level: info }",
        [
            Key(
                "format",
                .choice(LogConfiguration.Format.allCases.map(\.rawValue)),
                default: "auto",
                example: "json",
                "The form of a record; auto is text on a terminal and json elsewhere. common and combined are Apache's, for "
                    + "programs that read access logs: one line for each request, and messages on standard error."
            ),
            Key(
                "level",
                .choice(LogConfiguration.Level.allCases.map(\.rawValue)),
                default: "info",
                example: "debug",
                "The least severe message that is written."
            ),
            Key(
                "access",
                .choice(LogConfiguration.Access.allCases.map(\.rawValue)),
                default: "all",
                example: "off",
                "REQUEST, RESPONSE and MIRROR records for all requests, or for none. Failures leave an ERROR record either way."
            ),
            Key(
                "output",
                .text("stdout, stderr or the path of a file", pattern: "^(stdout|stderr|.*/.*[^/])$"),
                default: "stdout",
                example: "/var/log/curlew.log",
                "Where records go; a file is appended to, and opened anew on SIGUSR1."
            ),
            Key(
                "sample",
                .ratio(0...100),
                default: "100%",
                example: "10%",
                "The share of successful requests that are logged. Those that failed, have a status of 400 or more, needed "
                    + "another attempt or were slow are logged all the same."
            ),
            Key(
                "slow",
                .orOff(.duration),
                default: "off",
                example: "1s",
                "Requests that take this long are marked as slow. Tunnels and event streams are not."
            ),
            Key("redact", .section(.redact), example: "{ query: all }", "What is shown as `***`."),
            Key(
                "headers",
                .list(.headerName, mayBeEmpty: true),
                default: "[]",
                example: "[user-agent, referer]",
                "Header fields of requests that RESPONSE records show, in JSON."
            ),
            Key(
                "response_headers",
                .list(.headerName, mayBeEmpty: true),
                default: "[]",
                example: "[content-type]",
                "The same of backends' responses."
            ),
        ]
    )

    static let redact = Section(
        "redaction",
        name: "redact",
        place: "in a log's `redact`",
        example: "redact: { query: [token, email] }",
        [
            Key(
                "query",
                .either([.choice(["none", "all"]), .list(.text("the name of a parameter", pattern: "."))]),
                default: "none",
                example: "[token]",
                "Of queries, in request targets and in Referer: all, or the values of these parameters."
            ),
            Key(
                "headers",
                .list(.headerName, mayBeEmpty: true),
                default: "[]",
                example: "[x-api-key]",
                "The values of these header fields, beside Authorization, Cookie and their like, which are never shown."
            ),
        ]
    )
}
