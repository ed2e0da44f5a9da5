// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct TrailerRulesTests {
    private func passes(_ name: String) -> Bool { TrailerRules.mayPass(Array(name.utf8).span) }

    @Test(arguments: [
        "X-Checksum", "Content-Digest", "Repr-Digest", "Digest", "Content-MD5", "Signature", "Signature-Input", "ETag",
        "Server-Timing", "grpc-status", "grpc-message", "x-amz-checksum-crc32", "x-amz-trailer-signature",
        "Authentication-Info", "X-Stream-Error", "Iffy", "Proxy", "Statusx", "Dat",
    ])
    func whatIsKnownOnlyWhenTheBodyIsOverPasses(name: String) {
        #expect(passes(name))
    }

    /// RFC 9110 §6.5.1, and what tells a backend of the client.
    @Test(arguments: [
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Via",
        "Cache-Control", "Expect", "Max-Forwards", "Pragma", "Range", "If-Match", "If-None-Match", "If-Range",
        "Authorization", "Proxy-Authorization", "Proxy-Authenticate", "WWW-Authenticate", "Cookie", "Set-Cookie",
        "Age", "Date", "Expires", "Location", "Retry-After", "Vary", "Warning", "Content-Encoding", "Content-Type",
        "Content-Range", "Content-Security-Policy", "Strict-Transport-Security", "Access-Control-Allow-Origin",
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Ssl", "X-Real-IP", "X-Request-Id",
        "X-HTTP-Method-Override",
        "Sec-Fetch-Site", "X-Accel-Redirect",
    ])
    func whatMustBeKnownBeforeTheBodyDoesNot(name: String) {
        #expect(!passes(name))
        #expect(!passes(name.uppercased()))
        #expect(!passes(name.lowercased()))
        // Some backends make no difference between the two.
        #expect(!passes(name.split(separator: "-").joined(separator: "_")))
    }

    /// The decoder refuses these outright; nothing that it refuses may be thought fit to pass here.
    @Test func theTwoListsAgree() {
        for header in KnownHeader.allCases where header.errorInTrailers == .forbiddenTrailer {
            #expect(!passes(header.name))
        }
        for header in KnownHeader.allCases where header.isHopByHop { #expect(!passes(header.name)) }
    }
}
