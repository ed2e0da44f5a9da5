// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// RFC 9110, section 7.6.2, and methods that are not everyday's.
@Suite(.threads(.few)) struct MaxForwardsTests {
    @Test func isDecrementedForTraceAndOptionsAndLeftAloneOtherwise() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let cases: [(method: String, target: String, sent: String, seen: String)] = [
                ("TRACE", "/", "1", "0"), ("TRACE", "/", "010", "9"), ("OPTIONS", "/a", "70", "69"),
                ("OPTIONS", "*", "2", "1"), ("TRACE", "/", "99999999999999999999999", "9223372036854775806"),
                ("GET", "/", "0", "0"), ("POST", "/", "7", "7"), ("HEAD", "/", "x", "x"), ("BREW", "/", "1", "1"),
            ]
            for (number, example) in cases.enumerated() {
                let text = request(
                    example.method,
                    example.target,
                    fields: ["A: 1", "Max-Forwards: \(example.sent)", "B: 2"]
                )
                #expect(try client.exchange(text).status == 200)
                let seen = try origin.waitForRequest(number + 1)
                #expect(seen.fields[all: "Max-Forwards"] == [example.seen], "\(example)")
                #expect(seen.method == example.method)
                // In its place among the others.
                let names = seen.fields.list.map(\.name).filter { ["A", "B", "Max-Forwards"].contains($0) }
                #expect(names == ["A", "Max-Forwards", "B"])
            }
        }
    }

    @Test func traceThatMayNotGoOnIsEchoedWithoutSecrets() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let before = "TRACE /a?b HTTP/1.1\r\nHost: test.example\r\nMAX-forwards:  0\r\nX-Kept: 1 \r\n"
            let secrets = [
                "Authorization: Basic eDp5", "Cookie: a=b", "Proxy-Authorization: Basic x", "X-Api-Key: k",
                "x-auth-token: t", "X-Csrf-TOKEN: c",
            ]
            let text = before + secrets.map { $0 + "\r\n" }.joined() + "Via: 1.1 first\r\n\r\n"
            for _ in 0..<2 {
                let response = try client.exchange(text)
                #expect(response.status == 200)
                #expect(response.fields["Content-Type"] == "message/http")
                let expected =
                    "TRACE /a?b HTTP/1.1\r\nHost: test.example\r\nMAX-forwards:  0\r\nX-Kept: 1\r\nVia: 1.1 first\r\n\r\n"
                #expect(response.text == expected)
            }
            // The connection goes on, and no backend has seen anything.
            #expect(try client.get().status == 200)
            #expect(origin.requests.map(\.method) == ["GET"])
        }
    }

    @Test func optionsThatMayNotGoOnIsAnsweredWithWhatIsAllowed() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for target in ["*", "/a", "http://test.example", "http://test.example/a"] {
                let response = try client.exchange(request("OPTIONS", target, fields: ["Max-Forwards: 0"]))
                #expect(response.status == 200, "\(target)")
                #expect(response.fields.lists("OPTIONS", in: "Allow"))
                #expect(response.text == "")
            }
            // HTTP/1.0 is kept alive where it asks for it.
            let old = request("OPTIONS", fields: ["Max-Forwards: 0", "Connection: keep-alive"], version: "1.0")
            #expect(try client.exchange(old).fields.lists("keep-alive", in: "Connection"))
            // A body is no reason to go on reading: the answer does not need it.
            let withBody = request("OPTIONS", fields: ["Max-Forwards: 0"], body: "abc") + RequestSmugglingTests.poison
            #expect(try client.exchange(withBody).status == 200)
            #expect(try client.waitForClose().isEmpty)
            #expect(origin.requests.isEmpty)
        }
    }

    @Test func withoutItTheyGoToTheBackend() throws {
        let origin = try FakeOrigin { .text($0.method) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for method in [
                "TRACE", "OPTIONS", "PROPFIND", "get", "M-SEARCH", "X", "PURGE", "QUERY", "!#$%&'*+-.^_`|~0",
            ] {
                #expect(try client.exchange(request(method)).text == method)
            }
            #expect(try client.exchange(request("OPTIONS", "http://other.example:81")).status == 200)
            #expect(origin.requests.last?.target == "*")
            #expect(origin.requests.last?.fields["Host"] == "other.example:81")
        }
    }
}
