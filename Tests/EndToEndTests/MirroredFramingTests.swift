// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// A request and its copy go to backends that want its body in different forms.
@Suite(.threads(.few)) struct MirroredFramingTests {
    private let chunked =
        request("PUT", "/x", fields: ["Transfer-Encoding: chunked"]) + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"

    private func mirror(_ backend: String, to other: String) -> (inout GatewaySettings) -> Void {
        {
            $0.pools = [("web", [backend]), ("shadow", [other])]
            $0.routes = "  - { pool: web, mirror: { pool: shadow } }"
        }
    }

    @Test(.enabled(if: LibraryUnderTest.speaksHTTP2)) func copyOfWhatGoesByHTTP2IsFramed() throws {
        let backend = try HTTP2Backend(isTLS: false)
        let shadow = try FakeOrigin("shadow")
        try withGateway([], mirror(backend.item, to: shadow.url)) { gateway in
            for url in [backend.url, shadow.url] { _ = try gateway.finding(of: url) }
            #expect(try gateway.connect().exchange(chunked).status == 200)
            let copy = try shadow.waitForRequest()
            #expect(copy.body.text == "abcde")
            #expect(copy.fields[all: "Transfer-Encoding"] == ["chunked"])
        }
        try backend.stop()
        #expect(shadow.faults.isEmpty)
        shadow.stop()
    }

    @Test(.enabled(if: LibraryUnderTest.speaksHTTP2)) func copyThatGoesByHTTP2IsNot() throws {
        let backend = try FakeOrigin("web")
        let shadow = try HTTP2Backend(isTLS: false)
        try withGateway([], mirror(backend.url, to: shadow.item)) { gateway in
            for url in [backend.url, shadow.url] { _ = try gateway.finding(of: url) }
            #expect(try gateway.connect().exchange(chunked).text == "web")
            #expect(try backend.waitForRequest().body.text == "abcde")
            let seen = try shadow.wait(for: "REQUEST 2/1 PUT /x")
            #expect(!seen.isEmpty)
            #expect(try shadow.wait(for: "BODY 2/1 ") == "BODY 2/1 5")
        }
        try shadow.stop()
        backend.stop()
    }

    @Test func copyForAWSIsSigned() throws {
        let backend = try FakeOrigin("web")
        let shadow = try AWSVerifier("lambda", key: "secret")
        try withGateway([], mirror(backend.url, to: shadow.item)) { gateway in
            for url in [backend.url, shadow.url] { _ = try gateway.finding(of: url) }
            for text in [chunked, request("POST", "/x", body: "hello")] {
                #expect(try gateway.connect().exchange(text).text == "web")
            }
            _ = try gateway.log.wait(for: "both copies to be well signed", count: 2) {
                $0.hasPrefix("MIRROR") && $0.contains("[200]")
            }
        }
        try shadow.stop()
        #expect(backend.requests.filter { $0.target == "/x" }.map(\.body.text) == ["abcde", "hello"])
        backend.stop()
    }
}
