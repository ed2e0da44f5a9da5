// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

struct ConnectionOptionsTests {
    private func nominated(_ fields: String) -> [String] {
        let parsed = ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        #expect(parsed.outcome == .complete)
        return parsed.nominated
    }

    @Test func aNamedFieldIsNominatedInAnyCaseAndPlace() {
        #expect(nominated("X-A: 1\r\nConnection: close, x-a\r\nX-B: 2\r\n") == ["X-A"])
        #expect(nominated("Connection: ,,X-B ,\r\nX-A: 1\r\nx-b: 2\r\nX-B: 3\r\n") == ["x-b", "X-B"])
        #expect(nominated("Connection: X-A\r\nConnection: close, X-B\r\nX-A: 1\r\nX-B: 2\r\n") == ["X-A", "X-B"])
    }

    @Test func otherFieldsAreNot() {
        #expect(nominated("Connection: X-A\r\nX-AB: 1\r\nX: 2\r\nX-: 3\r\n") == [])
        #expect(nominated("Connection: \"X-A\", X-B;q, X C\r\nX-A: 1\r\nX-B: 2\r\nC: 3\r\n") == [])
        #expect(nominated("X-A: 1\r\nProxy-Connection: X-A\r\n") == [])
    }

    @Test func whatAllRecipientsNeedCannotBeNominated() {
        #expect(nominated("Connection: Host\r\n") == [])
        #expect(nominated("Connection: Content-Length\r\nContent-Length: 5\r\n") == [])
        #expect(nominated("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n") == [])
        #expect(nominated("Connection: Cookie, Authorization\r\nCookie: a=b\r\nAuthorization: Basic eDp5\r\n") == [])
        #expect(nominated("Connection: X-Forwarded-For\r\nX-Forwarded-For: 192.0.2.1\r\n") == [])
        #expect(
            nominated("Connection: cache-control, CONTENT-TYPE\r\nCache-Control: no-store\r\nContent-Type: a/b\r\n")
                == []
        )
    }

    @Test func ordinaryOptionsCostNothing() {
        for (value, hasNominations) in [
            ("close", false), ("keep-alive", false), ("Upgrade, HTTP2-Settings, TE, Keep-Alive", false), ("", false),
            (", ,", false), ("x", true), ("close, cookie", true),
        ] {
            let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: \(value)\r\n\r\n".utf8)
            var parser = RequestParser()
            let head = RequestHead()
            #expect(parser.parse(bytes.span, into: head) == .complete)
            #expect(head.connection.hasNominations == hasNominations, "\(value)")
        }
    }

    /// RFC 9110 §7.6.1 and the sections named at `isHopByHop`.
    @Test func hopByHopFields() {
        let expected: Set<KnownHeader> = [
            .connection, .proxyConnection, .keepAlive, .te, .transferEncoding, .upgrade, .proxyAuthenticate,
            .proxyAuthorization, .http2Settings,
        ]
        #expect(Set(KnownHeader.allCases.filter(\.isHopByHop)) == expected)
    }
}
