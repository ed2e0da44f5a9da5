// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct RequestTargetTests {
    private static let targets = [
        "/", "/a", "//a//b", "/%2F..%2f", "/a;b", "/?", "/x?", "/a/../b/./c", "/..", "/./", "/%zz", "/%", "/a?b?c",
        "/a?b=c&d=%20%00",
        "/~user/*", "/a//", "///", "/caf%C3%A9", "/a+b", "/a:b@c", "/\"<>\\^`{|}", "/[x]", "/?a[]=1", "/http://x/y",
        "//x@y/z",
        "/%41%7e", "/a|b", "/a,b;c=d", "/.%2e/", "/$&'()*!",
    ]

    @Test func bytesReachTheBackendUnchanged() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for target in Self.targets {
                #expect(try client.get(target).status == 200, "\(target)")
            }
            #expect(origin.requests.map(\.target) == Self.targets)
        }
    }

    @Test func asteriskOfOptionsReachesTheBackend() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let answer = try gateway.connect().exchange(request("OPTIONS", "*"))
            #expect(answer.status == 200)
            #expect(origin.requests.map(\.target) == ["*"])
        }
    }

    /// RFC 9112, section 3.2.2: the authority of an absolute target counts, and the Host field is ignored.
    @Test func absoluteTargetNamesTheHost() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let answer = try gateway.connect().exchange(request("GET", "http://other.example:81//p/../q?r"))
            #expect(answer.status == 200)
            let seen = try origin.waitForRequest()
            #expect(seen.target == "//p/../q?r" || seen.target == "http://other.example:81//p/../q?r")
            #expect(seen.fields["Host"] == "other.example:81")
            #expect(seen.fields["X-Forwarded-Host"] == "other.example:81")
        }
    }

    @Test func connectIsNotOffered() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let answer = try gateway.connect().exchange(request("CONNECT", "example.com:443"))
            #expect([405, 501].contains(answer.status))
            #expect(origin.requests.isEmpty)
        }
    }
}
