// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Requests whose end or meaning two readers could see differently. Each is followed, in the same segment, by a request
/// that must never be served: where it begins is a guess, and the guess is what smuggling lives on.
@Suite(.threads(.few)) struct RequestSmugglingTests {
    static let poison = "GET /poison HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Sends each case with the poison behind it and expects the status, a close, and that no backend saw any of it.
    private func expectRefused(_ cases: [SmugglingCase]) throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            for example in cases {
                for isBytewise in [false, true] {
                    let client = try gateway.connect()
                    let bytes = example.bytes + Array(Self.poison.utf8)
                    // Nobody may still be listening for the last of the single bytes.
                    if isBytewise {
                        for byte in bytes { try? client.send([byte]) }
                    } else {
                        try client.send(bytes)
                    }
                    let response = try client.response()
                    #expect(response.status == example.status, "\(example.name)")
                    #expect(response.fields.lists("close", in: "Connection"), "\(example.name)")
                    #expect(try client.waitForClose().isEmpty, "\(example.name): something was parsed behind it")
                }
            }
            #expect(origin.requests.map(\.headText) == [])
            #expect(try gateway.get().status == 200)
        }
    }

    @Test func lengthsThatSayTwoThings() throws { try expectRefused(SmugglingCase.lengths) }
    @Test func transferCodingsThatSayTwoThings() throws { try expectRefused(SmugglingCase.codings) }
    @Test func lineEndsFoldsAndControlBytes() throws { try expectRefused(SmugglingCase.lines) }
    @Test func hostsAndTargets() throws { try expectRefused(SmugglingCase.hosts) }
    @Test func otherProtocolsOnThePort() throws { try expectRefused(SmugglingCase.protocols) }

    /// The head of these is in order, so it may have gone to a backend before the body went wrong; but never a whole
    /// request, and never what stood behind it.
    @Test func brokenChunksNeverMakeAWholeRequest() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            for (name, chunks, status) in SmugglingCase.chunks {
                let client = try gateway.connect()
                try client.send(request("POST", fields: ["Transfer-Encoding: chunked"]) + chunks + Self.poison)
                let response = try client.response(to: "POST")
                #expect(response.status == status, "\(name)")
                #expect(response.fields.lists("close", in: "Connection"), "\(name)")
                #expect(try client.waitForClose().isEmpty, "\(name)")
            }
            #expect(!origin.requests.contains { $0.isComplete || $0.target == "/poison" })
            #expect(try gateway.get().status == 200)
        }
    }

    /// A request inside a body is a body, however it is framed and cut.
    @Test func requestWithinABodyIsNotARequest() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let length = Self.poison.utf8.count
            let framings = [
                request("POST", fields: ["Content-Length: \(length)"]) + Self.poison,
                request("GET", fields: ["Content-Length: \(length)"]) + Self.poison,
                request("POST", fields: ["Transfer-Encoding: chunked"])
                    + "\(String(length, radix: 16));x=\"y\"\r\n\(Self.poison)\r\n0\r\nX-T: \(length)\r\n\r\n",
            ]
            for text in framings {
                let client = try gateway.connect()
                try client.send(text + request("GET", "/next"))
                #expect(try client.response().text == Self.poison)
                #expect(try client.response().status == 200)
                let bytewise = try gateway.connect()
                try bytewise.sendBytewise(text)
                #expect(try bytewise.response().text == Self.poison)
            }
            #expect(Set(origin.requests.map(\.target)) == ["/", "/next"])
        }
    }

    /// What the gateway has understood is what it says: one length or chunks, never both, never the client's spelling.
    @Test func forwardedFramingIsTheGateways() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let cases: [(fields: String, body: String, sent: [String])] = [
                ("CONTENT-length:\t 00003 ", "abc", ["Content-Length: 3"]),
                ("transfer-ENCODING: Chunked", "3 ;a=b\r\nabc\r\n000\r\n\r\n", ["Transfer-Encoding: chunked"]),
                ("Content-Length: 0", "", ["Content-Length: 0"]),
                ("X-None: 1", "", []),
            ]
            for (number, (fields, body, sent)) in cases.enumerated() {
                try client.send(request("POST", fields: [fields]) + body)
                #expect(try client.response().text == (body.contains("abc") ? "abc" : ""))
                let seen = try origin.waitForRequest(number + 1)
                let framing = seen.headText.split(separator: "\r\n").map(String.init).filter { line in
                    ["content-", "transfer-"].contains { line.lowercased().hasPrefix($0) }
                }
                #expect(framing == sent, "\(fields)")
                // Chunk extensions are bounded and go no further (RFC 9112, section 7.1.1).
                #expect(seen.body.text == (body.contains("abc") ? "abc" : ""))
            }
        }
    }

    /// Servers that hand fields to applications as variables make one name of these and of the gateway's own.
    @Test func namesThatMimicTheGatewaysAreDropped() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let mimics = [
                "Content_Length: 50", "content_LENGTH: 0", "Transfer_Encoding: chunked", "Transfer.Encoding: chunked",
                "X_Forwarded_For: 203.0.113.9", "X-Forwarded_For: 203.0.113.9", "X!Forwarded~Proto: https",
                "X_Real_IP: 203.0.113.9", "X_Request_Id: forged", "X_Forwarded_Host: evil.example",
                "X_Forwarded_Ssl: on", "x-forwarded.user: root",
                "Proxy_Authorization: Basic x", "Proxy: http://evil.example",
            ]
            let kept = ["X_Custom_Name: 1", "user_id: 2", "Content_Type: text/plain", "X_Forward_Me: 3"]
            let client = try gateway.connect()
            try client.send(request("POST", fields: mimics + kept, body: "hello") + request("GET", "/next"))
            #expect(try client.response().text == "hello")
            #expect(try client.response().status == 200)
            let seen = origin.requests[0].headText.split(separator: "\r\n").map(String.init)
            for line in kept { #expect(seen.contains(line), "\(line)") }
            for line in mimics { #expect(!seen.contains(line), "\(line)") }
            #expect(origin.requests[0].fields["X-Forwarded-For"] == "127.0.0.1")
        }
    }

    @Test func aFewEmptyLinesBetweenRequestsAreIgnored() throws {
        let origin = try FakeOrigin { .text($0.target) }
        try withGateway([origin], { $0.limits = ["header_timeout: 200ms", "idle_timeout: 30s"] }) { gateway in
            let client = try gateway.connect()
            // Longer than a request head may take, so an empty line that began one would be answered 408.
            try client.send("\r\n")
            #expect(client.staysSilent(for: 0.4))
            #expect(try client.get("/1").text == "/1")
            try client.send("\r")
            try client.send("\n")
            #expect(client.staysSilent(for: 0.4))
            try client.send("\r\n\r\n" + request("GET", "/2") + "\r\n\r\n\r\n\r\n" + request("GET", "/3"))
            #expect(try client.response().text == "/2")
            #expect(try client.response().text == "/3")
            // The bound holds however they come.
            try client.send("\r\n\r\n")
            #expect(client.staysSilent(for: 0.05))
            try client.send("\r\n\r\n\r\n" + Self.poison)
            #expect(try client.response().status == 400)
            #expect(try client.waitForClose().isEmpty)
            #expect(origin.requests.map(\.target) == ["/1", "/2", "/3"])
        }
    }
}
