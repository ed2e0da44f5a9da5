// SPDX-License-Identifier: Apache-2.0

extension Section {
    static let backend = Section(
        "backend",
        name: "backend",
        place: "in an item of `backends`",
        example: "{ url: \"http://localhost:3001\", weight: 3 }",
        [
            Key(
                "url",
                .backendURL,
                example: "\"https://api.example.com\"",
                "http://host:port, https://host:port or unix:/path."
            ),
            Key(
                "weight",
                .count(1...1000),
                default: "1",
                example: "3",
                "Its share of requests beside the others'."
            ),
            Key(
                "max_connections",
                .orOff(.count(1...1_000_000)),
                default: "unlimited",
                example: "100",
                "Requests that it has in flight at most, over all workers; beyond that they go elsewhere or wait in the queue."
            ),
            Key(
                "backup",
                .boolean,
                default: "false",
                example: "true",
                "It has requests only while no other backend of the pool is available."
            ),
            Key(
                "enabled",
                .boolean,
                default: "true",
                example: "false",
                "It may have new requests. Without, what it has in flight goes on, and so do its pings; see the page Admin."
            ),
        ] + connection
    )
    .requiring("url")

    private static let connection = [
        Key(
            "host",
            .text("a host", pattern: "^[^\\s/@]+$"),
            example: "api.internal",
            "The Host field that it is sent, in pings too, in place of the client's."
        ),
        Key(
            "sni",
            .text("a host name", pattern: "^[A-Za-z0-9._-]+$"),
            example: "api.internal",
            "The name in TLS's handshake and in the check of its certificate, in place of the URL's host."
        ),
        Key(
            "connect_to",
            .text("a host and a port", pattern: "^.+:[0-9]{1,5}$"),
            example: "\"10.0.0.5:8443\"",
            "Where to connect in place of the URL's host; Host and server name stay as they are."
        ),
        Key(
            "proxy",
            .text("the URL of a proxy", pattern: "^(https?|socks4a?|socks5h?)://[^\\s/]+/?$"),
            example: "\"socks5://10.0.0.9:1080\"",
            "The proxy on the way to it: http, https, socks4, socks4a, socks5 or socks5h. Requests pass through a tunnel, unchanged; "
                + "socks4a and socks5h, like http and https, leave it to the proxy to look the name up. Without a port: 1080, https 443."
        ),
        Key(
            "interface",
            .text("a network interface or a local address", pattern: "^[^\\s/]+$"),
            example: "eth1",
            "The network interface or local address that connections to it leave from."
        ),
        Key(
            "tls",
            .section(.tls),
            example: "{ verify: false }",
            "How its certificate is judged, and which one it is shown."
        ),
        Key(
            "http2",
            .boolean,
            default: "false",
            example: "true",
            "Speak HTTP/2 to it: over TLS where it takes that, else HTTP/1.1; without TLS at once. Many requests share a "
                + "connection. Needs libcurl 8.10; see the page Backends."
        ),
        Key(
            "aws_sigv4",
            .section(.aws),
            example: "{ access_key: AKIA, secret_key: s, region: eu-central-1, service: s3 }",
            "Sign each request for AWS, pings too (Signature Version 4); see the page Backends."
        ),
    ]

    static let tls = Section(
        "tls",
        name: "tls",
        place: "in a backend's `tls`",
        example: "tls: { ca_file: /etc/ssl/internal.pem }",
        [
            Key(
                "ca_file",
                .filePath,
                example: "/etc/ssl/internal.pem",
                "Certificates (PEM) that the backend's must be signed by, in place of the system's."
            ),
            Key(
                "cert_file",
                .filePath,
                example: "/etc/ssl/curlew.pem",
                "The certificate (PEM) that the backend is shown."
            ),
            Key("key_file", .filePath, example: "/etc/ssl/curlew.key", "The key of that certificate (PEM)."),
            Key(
                "pinned_key",
                .text(
                    "the hash of a public key",
                    pattern: "^sha256//[A-Za-z0-9+/]{43}=(;sha256//[A-Za-z0-9+/]{43}=)*$"
                ),
                example: "\"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
                "The backend's public key must be this one, or one of several with ; between them."
            ),
            Key("verify", .boolean, default: "true", example: "false", "Check the certificate and its name."),
        ]
    )

    static let aws = Section(
        "aws_sigv4",
        name: "aws_sigv4",
        place: "in a backend's `aws_sigv4`",
        example:
            "aws_sigv4: { access_key: AKIA, secret_key_file: /run/secrets/aws, region: eu-central-1, service: s3 }",
        [
            Key(
                "access_key",
                .text("an access key", pattern: "."),
                example: "AKIAIOSFODNN7EXAMPLE",
                "The access key's id."
            ),
            Key(
                "secret_key",
                .text("a secret key", pattern: "."),
                example: "other",
                "The secret key itself; a file keeps it better."
            ),
            Key(
                "secret_key_file",
                .filePath,
                example: "/run/secrets/aws",
                "The file that holds the secret key in its first line."
            ),
            Key(
                "region",
                .text("a region", pattern: "^[A-Za-z0-9-]+$"),
                example: "us-east-1",
                "For example eu-central-1."
            ),
            Key(
                "service",
                .text("a service", pattern: "^[A-Za-z0-9-]+$"),
                example: "lambda",
                "For example s3, execute-api or lambda."
            ),
        ]
    )
    .requiring("access_key", "region", "service")
    .requiringOne(of: "secret_key", "secret_key_file")
}
