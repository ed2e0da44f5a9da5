// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct ForwardedHeadersTests {
    /// The fields that the backend saw of a request with `fields`.
    private func forwarded(_ fields: [String] = [], version: String = "1.1") throws -> MessageFields {
        let origin = try FakeOrigin()
        var seen = MessageFields()
        try withGateway([origin]) { gateway in
            let answer = try gateway.connect().exchange(request(fields: fields, version: version))
            #expect(answer.status == 200)
            seen = try origin.waitForRequest().fields
        }
        return seen
    }

    @Test func tellTheBackendWhoAskedAndHow() throws {
        let fields = try forwarded()
        #expect(fields["Host"] == "test.example")
        #expect(fields["X-Forwarded-For"] == "127.0.0.1")
        #expect(fields["X-Forwarded-Proto"] == "http")
        #expect(fields["X-Forwarded-Host"] == "test.example")
        #expect(fields["Via"] == "1.1 curlew")
        #expect(try #require(fields["X-Request-Id"]).utf8.count >= 16)
    }

    /// No proxy in front of the gateway is trusted, so a client cannot say who it is; at most it is quoted on the left.
    @Test func cannotBeForged() throws {
        let fields = try forwarded([
            "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example",
            "X-Forwarded-For: 203.0.113.10",
        ])
        let addresses = try #require(fields["X-Forwarded-For"])
        #expect(addresses.split(separator: ",").last.map { $0.filter { $0 != " " } } == "127.0.0.1")
        #expect(fields[all: "X-Forwarded-Proto"] == ["http"])
        #expect(fields[all: "X-Forwarded-Host"] == ["test.example"])
    }

    @Test func viaNamesTheVersionThatWasReceivedAndKeepsEarlierEntries() throws {
        #expect(try forwarded(version: "1.0")["Via"] == "1.0 curlew")
        let fields = try forwarded(["Via: 1.1 first"])
        #expect(fields[all: "Via"].joined(separator: ", ") == "1.1 first, 1.1 curlew")
    }

    @Test func everyRequestHasItsOwnId() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.workers = 2 }) { gateway in
            for _ in 0..<20 {
                _ = try gateway.get()
            }
            let ids = origin.requests.compactMap { $0.fields["X-Request-Id"] }
            #expect(Set(ids).count == 20)
        }
    }

    @Test func retriedRequestKeepsItsId() throws {
        let origins = [try StubbornOrigin.closing(), try FakeOrigin()]
        try withGateway(origins) { gateway in
            let answer = try gateway.get()
            #expect(answer.status == 200)
            let ids = origins.compactMap { $0.requests.first?.fields["X-Request-Id"] }
            #expect(ids.count == 2)
            #expect(Set(ids).count == 1)
            // And each says who forwarded it once, not once for each attempt.
            #expect(origins[1].requests.first?.fields["Via"] == "1.1 curlew")
            #expect(origins[1].requests.first?.fields["X-Forwarded-For"] == "127.0.0.1")
        }
    }

    @Test func hostWithAPortIsKept() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            _ = try gateway.connect().exchange("GET / HTTP/1.1\r\nHost: Example.COM:8080\r\n\r\n")
            let fields = try origin.waitForRequest().fields
            #expect(fields["Host"] == "Example.COM:8080")
            #expect(fields["X-Forwarded-Host"] == "Example.COM:8080")
        }
    }
}
