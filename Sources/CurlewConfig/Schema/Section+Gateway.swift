// SPDX-License-Identifier: Apache-2.0

import Gateway

extension Section {
    /// The whole file.
    static let top = Section(
        "file",
        name: "file",
        place: "at the top of the file",
        example: "backends: [\"http://localhost:3001\"]",
        [
            Key(
                "listen",
                .either([.address, .section(.listen), .list(.either([.address, .section(.listen)]))]),
                default: "0.0.0.0:3000",
                example: "[\"0.0.0.0:3000\", \"[::]:3000\"]",
                "The address and port that clients connect to, or a list of them."
            ),
            Key(
                "workers",
                .either([.choice(["auto"]), .count(1...1024)]),
                default: "auto",
                example: "4",
                "Threads that serve clients; auto is one for each core."
            ),
            Key(
                "drain_timeout",
                .duration,
                default: "9s",
                example: "30s",
                "How long requests in flight may take to finish after SIGTERM. Docker kills 10 s after it."
            ),
            Key(
                "drain_delay",
                .delay,
                default: "0s",
                example: "5s",
                "How long after SIGTERM clients are still served as before while the gateway says that it is not ready: as long "
                    + "as a balancer in front of it takes to notice."
            ),
            Key(
                "reload_on_change",
                .orOff(.duration),
                default: "off",
                example: "1s",
                "Reads the configuration again when its file has changed and then not for this long; SIGHUP does so at once."
            ),
            Key(
                "admin",
                .section(.admin),
                example: "{ listen: \"127.0.0.1:3900\" }",
                "Where metrics and the admin API are served, and to whom; nowhere unless this is given."
            ),
            Key(
                "trusted_proxies",
                .either([.network, .list(.network, mayBeEmpty: true)]),
                default: "[]",
                example: "[10.0.0.0/8]",
                "Networks and addresses of the proxies in front of the gateway that may say who their client is."
            ),
            Key("log", .section(.log), example: "{ level: debug }", "What is logged, how, and where to."),
            Key(
                "tracing",
                .section(.tracing),
                example: "{ endpoint: \"http://collector:4318/v1/traces\" }",
                "How requests take part in traces (W3C Trace Context), and where their spans are sent; off where it is not "
                    + "there."
            ),
            Key(
                "limits",
                .section(.limits),
                example: "{ connections: 1000 }",
                "What one client, and all clients together, may ask of the gateway."
            ),
            Key(
                "rate_limit",
                .section(.rateLimit),
                example: "{ requests: 1000, per: 1s }",
                "How many requests may come within a time, for all routes together and ahead of theirs."
            ),
            Key(
                "backends",
                .backends,
                default: "[\"http://localhost:3001\", \"http://localhost:3002\", \"http://localhost:3003\"]",
                example: "[\"http://localhost:3001\"]",
                "The whole of a simple file: the backends of the one pool, `default`, that takes every request."
            ),
            Key(
                "pools",
                .map(.section(.pool)),
                example: "{ web: { backends: [\"http://localhost:3001\"] } }",
                "Named groups of backends, each with policies of its own."
            ),
            Key(
                "routes",
                .list(.section(.route)),
                example: "[{ path: /api, pool: web }]",
                "What becomes of which request; needed only when there are several pools. The most specific route that "
                    + "fits a request wins, wherever it stands."
            ),
        ]
    )
    .excluding(
        "backends",
        "pools",
        hint: "move these backends into a pool, or remove \"pools\": \"backends\" is the whole of a simple file"
    )

    static let listen = Section(
        "listener",
        name: "listen",
        place: "in an item of `listen`",
        example: "{ address: \"0.0.0.0:3000\", proxy_protocol: true }",
        [
            Key("address", .address, example: "0.0.0.0:3001", "The address and port."),
            Key(
                "proxy_protocol",
                .boolean,
                default: "false",
                example: "true",
                "Each connection begins with a PROXY protocol header, which names the client; only trusted proxies may connect."
            ),
        ]
    )
    .requiring("address")

    static let admin = Section(
        "admin",
        name: "admin",
        place: "in `admin`",
        example: "admin: { listen: \"127.0.0.1:3900\" }",
        [
            Key(
                "listen",
                .address,
                default: "127.0.0.1:3900",
                example: "127.0.0.1:3901",
                "The address and port. One that other machines reach needs a token."
            ),
            Key(
                "token",
                .text("a text"),
                example: "a-long-random-text",
                "What whoever asks must send as `Authorization: Bearer …`; better in a file."
            ),
            Key(
                "token_file",
                .filePath,
                example: "/run/secrets/curlew",
                "The same: the first line of this file."
            ),
        ]
    )
    .excluding("token", "token_file", hint: "keep one of them")
}

extension Kind {
    static let address = Kind.either([
        .text("an address and a port", pattern: "^(\\[[0-9A-Fa-f:.]+\\]:|[0-9A-Za-z.]*:)?[0-9]{1,5}$"),
        .count(0...65535),
    ])
    static let network = Kind.text("a network or an IP address", pattern: "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$")
    static let backends = Kind.list(.either([.backendURL, .section(.backend)]))
    static let backendURL = Kind.text(
        "a URL",
        pattern: "^([Hh][Tt][Tt][Pp][Ss]?://[^/?#@\\s]+/?|[Uu][Nn][Ii][Xx]:/.+)$"
    )
    static let headerName = Kind.text("the name of a header field", pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
    static let poolName = Kind.text("the name of a pool", pattern: "^[A-Za-z0-9._-]{1,64}$")
    static let filePath = Kind.text("the path of a file", pattern: ".")
}
