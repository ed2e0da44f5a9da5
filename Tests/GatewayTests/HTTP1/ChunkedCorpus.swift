// SPDX-License-Identifier: Apache-2.0

@testable import Gateway

/// Bodies, each with what it decodes to or how it is rejected.
enum ChunkedCorpus {
    static let good: [(body: String, data: String)] = [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n", "hello world"),
        ("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
        ("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ("5;a\r\nhello\r\n0;b=c;d=\"e \\\" f\"\r\n\r\n", "hello"),
        ("5 ;a = b\r\nhello\r\n0\t;\r\n\r\n", "hello"),
        ("5;\u{E9}\r\nhello\r\n0\r\n\r\n", "hello"),
        ("1\r\n0\r\n0\r\nX: y\r\n\r\n", "0"),
        ("0\r\nA: b\r\nC:\r\nD: e f \r\n\r\n", ""),
    ]

    static let unfinished: [String] = [
        "", "0", "0\r", "0\r\n", "0\r\n\r", "5", "5;", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r",
        "5\r\nhello\r\n",
        "0\r\nX", "0\r\nX: y\r\n", "0\r\nX: y\r\n\r", "7fffffffffffffff\r\n",
    ]

    static let bad: [(body: String, error: ParseError)] = [
        ("\r\n", .badChunkSize), ("x\r\n", .badChunkSize), ("-1\r\n", .badChunkSize), ("+5\r\n", .badChunkSize),
        ("0x5\r\n", .badChunkSize), ("5h\r\n", .badChunkSize), ("g\r\n", .badChunkSize), (" 5\r\n", .badChunkSize),
        ("5 \r\n", .badChunkSize), ("5 5\r\n", .badChunkSize), ("5,\r\n", .badChunkSize), (";a\r\n", .badChunkSize),
        ("5_0\r\n", .badChunkSize), ("5\u{0}\r\n", .badChunkSize), ("5\r\nhello\r\n\r\n", .badChunkSize),
        ("\n", .badChunkSize), ("5\n", .bareLineFeed), ("5\rx", .bareCarriageReturn), ("5\r\r", .bareCarriageReturn),
        ("5;a\n", .bareLineFeed), ("5;a\rb", .bareCarriageReturn), ("5;\u{0}\r\n", .badChunkExtension),
        ("5;\u{7F}", .badChunkExtension), ("5;\"\n\"\r\n", .bareLineFeed),
        ("00000000000000005\r\n", .chunkSizeTooLarge), ("8000000000000000\r\n", .chunkSizeTooLarge),
        ("ffffffffffffffff\r\n", .chunkSizeTooLarge), ("10000000000000000\r\n", .chunkSizeTooLarge),
        ("5\r\nhelloo\r\n", .badChunkEnd), ("5\r\nhell\r\n0\r\n\r\n", .bareLineFeed), ("5\r\nhello0\r\n", .badChunkEnd),
        ("5\r\nhello\n", .bareLineFeed), ("5\r\nhello\rx", .badChunkEnd), ("5\r\nhello\r\r\n", .badChunkEnd),
        ("0\r\n\n", .bareLineFeed), ("0\r\n\rx", .bareCarriageReturn), ("0\n\n", .bareLineFeed),
        ("0\r\nGET / HTTP/1.1\r\n", .spaceBeforeColon), ("0\r\n X: y\r\n\r\n", .foldedLine),
        ("0\r\nX: y\r\n z\r\n\r\n", .foldedLine), ("0\r\nX : y\r\n\r\n", .spaceBeforeColon),
        ("0\r\n: y\r\n\r\n", .emptyFieldName), ("0\r\nX\r\n\r\n", .missingColon), ("0\r\nX: y\n\r\n", .bareLineFeed),
        ("0\r\nX: a\rb\r\n\r\n", .bareCarriageReturn), ("0\r\nX: \u{0}\r\n\r\n", .badFieldValue),
        ("0\r\nX@: y\r\n\r\n", .badFieldName), ("0\r\nX: y\r\n\r\r\n", .bareCarriageReturn),
        ("0\r\nContent-Length: 5\r\n\r\n", .forbiddenTrailer), ("0\r\nA: b\r\nHOST: x\r\n\r\n", .forbiddenTrailer),
        ("0\r\ntransfer-encoding: chunked\r\n\r\n", .forbiddenTrailer),
        ("0\r\nContent_Length: 5\r\n\r\n", .mimicInTrailers), ("0\r\nX_Forwarded_Ssl: on\r\n\r\n", .mimicInTrailers),
    ]

    /// Every body, as bytes.
    static let all = (good.map(\.body) + unfinished + bad.map(\.body)).map { Array($0.utf8) }
}
