// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

extension RequestCorpus {
    /// Request lines: methods, versions and other protocols on the port.
    static let lines: [RequestCase] = [
        .line("GET / HTTP/1.1"),
        .line("get / HTTP/1.1"),
        .line("M-SEARCH /x HTTP/1.1"),
        .line("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1"),
        .line("PROPFIND /dav HTTP/1.1"),
        .head("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .head("GET / HTTP/1.0\r\n\r\n"),
        .line("GET / HTTP/1.2"),
        .line("GET / HTTP/1.9"),

        // An empty line too many, and lines that do not end as they should.
        .head("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .head("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .rejected(.badMethod)),
        .head("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .rejected(.bareLineFeed)),
        .head("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", .rejected(.bareCarriageReturn)),
        .head("\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .rejected(.bareLineFeed)),
        .head("GET / HTTP/1.1\nHost: a\r\n\r\n", .rejected(.bareLineFeed)),
        .head("GET / HTTP/1.1\rHost: a\r\n\r\n", .rejected(.bareCarriageReturn)),
        .head("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .rejected(.bareCarriageReturn)),
        .head("GET /\nHost: a\r\n\r\n", .rejected(.bareLineFeed)),
        .head("GET\r\n\r\n", .rejected(.badMethod)),
        .head("GET \r\n\r\n", .rejected(.badTarget)),

        // Methods.
        .line(" GET / HTTP/1.1", .rejected(.badMethod)),
        .line("GE\u{0}T / HTTP/1.1", .rejected(.badMethod)),
        .line("GET\t/ HTTP/1.1", .rejected(.badMethod)),
        .line("G(T / HTTP/1.1", .rejected(.badMethod)),
        .line("G\u{E9}T / HTTP/1.1", .rejected(.badMethod)),
        .line("/ HTTP/1.1", .rejected(.badMethod)),

        // Whitespace that RFC 9112 §3 would let a lenient server take.
        .line("GET  / HTTP/1.1", .rejected(.badTarget)),
        .line("GET /  HTTP/1.1", .rejected(.badVersion)),
        .line("GET / HTTP/1.1 ", .rejected(.badVersion)),
        .line("GET /\tHTTP/1.1", .rejected(.badTarget)),
        .line("GET / x HTTP/1.1", .rejected(.badVersion)),

        // Versions.
        .line("GET / http/1.1", .rejected(.badVersion)),
        .line("GET / HTTP/1", .rejected(.badVersion)),
        .line("GET / HTTP/1.", .rejected(.badVersion)),
        .line("GET / HTTP/11.1", .rejected(.badVersion)),
        .line("GET / HTTP/1.10", .rejected(.badVersion)),
        .line("GET / HTTP/1,1", .rejected(.badVersion)),
        .line("GET / HTTP/+1.1", .rejected(.badVersion)),
        .line("GET / HTTPS/1.1", .rejected(.badVersion)),
        .line("GET / ICY/1.0", .rejected(.badVersion)),
        .line("GET / HTTP/2", .rejected(.badVersion)),
        .line("GET / HTTP/0.9", .rejected(.unsupportedVersion)),
        .line("GET / HTTP/2.0", .rejected(.unsupportedVersion)),
        .line("GET / HTTP/3.1", .rejected(.unsupportedVersion)),
        .head("GET /\r\n", .rejected(.missingVersion)),
        .head("GET /\r\n\r\n", .rejected(.missingVersion)),
        .head("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .rejected(.unsupportedVersion)),

        // Other protocols.
        RequestCase("TLS ClientHello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01], .rejected(.tlsOnPlainPort)),
        RequestCase("SSLv2 ClientHello", [0x80, 0x2E, 0x01, 0x00, 0x02], .rejected(.badMethod)),
        RequestCase("one zero byte", [0x00], .rejected(.badMethod)),
        .head("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", .rejected(.badVersion)),
        .head("SSH-2.0-OpenSSH_9.2\r\n", .rejected(.badMethod)),

        // Not yet a head.
        RequestCase("nothing", [], .incomplete),
        .head("\r", .incomplete),
        .head("\r\n", .incomplete),
        .head("GET", .incomplete),
        .head("GET /a", .incomplete),
        .head("GET / HTTP/1.1\r", .incomplete),
        .head("GET / HTTP/1.1\r\nHost: a\r\n", .incomplete),
        .head("GET / HTTP/1.1\r\nHost: a\r\n\r", .incomplete),
    ]

    /// Request targets in all four forms (RFC 9112 §3.2).
    static let targets: [RequestCase] = [
        .line("GET /where?q=now HTTP/1.1"),
        .line("GET //a/../b/%2F;p?q=a|b{c}\"<> HTTP/1.1"),
        .line("GET /\\ HTTP/1.1"),
        .line("GET /? HTTP/1.1"),
        .line("GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1"),
        .line("GET HTTPS://[2001:db8::1]:8443?q HTTP/1.1"),
        .line("OPTIONS http://www.example.org:8001 HTTP/1.1"),
        .line("OPTIONS * HTTP/1.1"),
        .line("CONNECT www.example.com:80 HTTP/1.1"),
        .line("CONNECT [::1]:443 HTTP/1.1"),

        .line("GET /a#b HTTP/1.1", .rejected(.badTarget)),
        .line("GET /a\u{7F} HTTP/1.1", .rejected(.badTarget)),
        .line("GET /\u{1} HTTP/1.1", .rejected(.badTarget)),
        .line("GET /\u{0} HTTP/1.1", .rejected(.badTarget)),
        .line("GET /caf\u{E9} HTTP/1.1", .rejected(.badTarget)),
        .line("GET * HTTP/1.1", .rejected(.badTargetForm)),
        .line("OPTIONS ** HTTP/1.1", .rejected(.badTargetForm)),
        .line("GET index.html HTTP/1.1", .rejected(.badTargetForm)),
        .line("GET ?q HTTP/1.1", .rejected(.badTargetForm)),
        .line("GET example.com:80 HTTP/1.1", .rejected(.badTargetForm)),
        .line("GET ftp://example.com/ HTTP/1.1", .rejected(.badTargetForm)),
        .line("GET http:/example.com/ HTTP/1.1", .rejected(.badTargetForm)),
        .line("GET http: HTTP/1.1", .rejected(.badTargetForm)),
        .line("GET http:// HTTP/1.1", .rejected(.badHost)),
        .line("GET http:///path HTTP/1.1", .rejected(.badHost)),
        .line("GET http://user@example.com/ HTTP/1.1", .rejected(.badHost)),
        .line("GET http://user:secret@example.com/ HTTP/1.1", .rejected(.badHost)),
        .line("GET http://example.com:99999/ HTTP/1.1", .rejected(.badHost)),
        .line("GET http://exa\\mple.com/ HTTP/1.1", .rejected(.badHost)),
        .line("CONNECT / HTTP/1.1", .rejected(.badTargetForm)),
        .line("CONNECT example.com HTTP/1.1", .rejected(.badTargetForm)),
        .line("CONNECT example.com: HTTP/1.1", .rejected(.badTargetForm)),
        .line("CONNECT http://example.com:80/ HTTP/1.1", .rejected(.badTargetForm)),
        // The target's own authority does not make Host superfluous.
        .head("GET http://a/ HTTP/1.1\r\n\r\n", .rejected(.missingHost)),
        .head("GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n", .rejected(.badHost)),
    ]
}
