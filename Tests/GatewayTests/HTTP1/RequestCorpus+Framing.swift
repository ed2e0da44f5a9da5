// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

extension RequestCorpus {
    /// Content-Length and Transfer-Encoding (RFC 9112 §6).
    static let framing: [RequestCase] = lengths + codings

    private static let lengths: [RequestCase] = [
        .fields("Content-Length: 0\r\n", .accepted(.length(0))),
        .fields("Content-Length: 5\r\n", .accepted(.length(5))),
        .fields("CONTENT-LENGTH:5 \t\r\n", .accepted(.length(5))),
        .fields("Content-Length: 0000000000000000007\r\n", .accepted(.length(7))),
        .fields("Content-Length: 9223372036854775807\r\n", .accepted(.length(9_223_372_036_854_775_807))),

        .fields("Content-Length: 9223372036854775808\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 18446744073709551616\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 99999999999999999999999999\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 00000000000000000007\r\n", .rejected(.badContentLength)),
        .fields("Content-Length:\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: +5\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: -5\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 5 5\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 5, 5\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 5,\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 5abc\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 0x5\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 5.0\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: \"5\"\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: \u{665}\r\n", .rejected(.badContentLength)),
        .fields("Content-Length: 5\r\nContent-Length: 5\r\n", .rejected(.repeatedContentLength)),
        .fields("Content-Length: 5\r\ncontent-length: 6\r\n", .rejected(.repeatedContentLength)),
        .fields("Content_Length: 5\r\n", .accepted(.none)),
        .head("TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", .accepted(.length(0))),
        .head("TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", .rejected(.bodyNotAllowed)),
        .head("TRACE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .rejected(.bodyNotAllowed)),
        .head("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", .accepted(.length(1))),
    ]

    private static let codings: [RequestCase] = [
        .fields("Transfer-Encoding: chunked\r\n", .accepted(.chunked)),
        .fields("transfer-encoding:\tCHUNKED \r\n", .accepted(.chunked)),

        .fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .rejected(.lengthWithTransferEncoding)),
        .fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .rejected(.lengthWithTransferEncoding)),
        .fields("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", .rejected(.lengthWithTransferEncoding)),
        .fields("Content-Length: 5\r\nTransfer-Encoding:\r\n", .rejected(.lengthWithTransferEncoding)),
        .fields("Transfer-Encoding:\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked, chunked\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked, gzip\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked,\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: ,chunked\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked;q=1\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked ;q=1\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: \"chunked\"\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked chunked\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: chunked\u{B}\r\n", .rejected(.badFieldValue)),
        .fields("Transfer-Encoding: chunked\u{A0}\r\n", .rejected(.badTransferEncoding)),
        .fields("Transfer-Encoding: gzip, chunked\r\n", .rejected(.unknownTransferCoding)),
        .fields("Transfer-Encoding: gzip\r\n", .rejected(.unknownTransferCoding)),
        .fields("Transfer-Encoding: identity\r\n", .rejected(.unknownTransferCoding)),
        .fields("Transfer-Encoding: xchunked\r\n", .rejected(.unknownTransferCoding)),
        .fields("Transfer-Encoding: chunke\r\n", .rejected(.unknownTransferCoding)),
        .fields("Transfer-Encoding: gzip;level=9\r\n", .rejected(.unknownTransferCoding)),
        .head(
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            .rejected(.transferEncodingInHTTP10)
        ),
        .head(
            "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            .rejected(.lengthWithTransferEncoding)
        ),
    ]

    /// Expect and fields that decide nothing about the body.
    static let meaning: [RequestCase] = [
        .fields("Content-Length: 5\r\nExpect: 100-Continue\r\n", .accepted(.length(5))),
        .fields("Expect:\r\n"),
        .fields("Expect: 200-ok\r\n", .rejected(.unknownExpectation)),
        .fields("Expect: 100-continue, x=y\r\n", .rejected(.unknownExpectation)),
        .fields("Expect: 100-continue\r\nExpect: other\r\n", .rejected(.unknownExpectation)),
        .fields("Expect: other\r\nExpect: 100-continue\r\n", .rejected(.unknownExpectation)),
        .head("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: other\r\n\r\n", .accepted(.length(5))),
        .head("TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"),
        .head("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 99999999999999999999\r\n\r\n"),
        .head("TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards:\r\n\r\n", .rejected(.badMaxForwards)),
        .head("OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: +1\r\n\r\n", .rejected(.badMaxForwards)),
        .head(
            "TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\nMax-Forwards: 1\r\n\r\n",
            .rejected(.badMaxForwards)
        ),
        .fields("Max-Forwards: x\r\n"),
        .fields("Connection: ,, close ,\r\n"),
        .fields("Connection:\r\n"),
        .fields("Connection: \"close\", (x)\r\n"),
        // What is ambiguous about the framing is said before what is merely not supported.
        .fields("Content-Length: x\r\nExpect: other\r\n", .rejected(.badContentLength)),
        .head("GET x HTTP/1.1\r\n\r\n", .rejected(.badTargetForm)),
    ]
}
