// SPDX-License-Identifier: Apache-2.0

/// Words that fields are compared with, in small letters.
enum Words {
    static let close = Array("close".utf8)
    static let keepAlive = Array("keep-alive".utf8)
    static let upgrade = Array("upgrade".utf8)
    static let chunked = Array("chunked".utf8)
    static let trailers = Array("trailers".utf8)
    static let continue100 = Array("100-continue".utf8)
    static let forwardedFor = Array("for".utf8)
    static let http = Array("http".utf8)
    static let https = Array("https".utf8)
    static let eventStream = Array("text/event-stream".utf8)
}
