// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Trailers in both directions, byte for byte.
@Suite(.threads(.few)) struct TrailersTests {
    private let trailers = "X-Sum: abc\r\nServer-Timing: db;dur=5\r\nX-Empty:\r\n"

    /// A backend that reads a request up to the end of its chunked body and answers with what it read of that.
    private func recording() throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while var request = try connection.nextHead() {
                try connection.readBody(of: &request)
                try connection.send(.text("\(request.body.trailers)"), to: request)
            }
        }
    }

    private func upload(_ body: String, fields: [String] = []) -> String {
        request("PUT", fields: ["Transfer-Encoding: chunked"] + fields) + body
    }

    // MARK: Of requests

    @Test func ofARequestReachTheBackend() throws {
        let origin = try recording()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            // Several on one connection each way: a handle that has sent trailers once must go on working.
            for number in 0..<20 {
                let own = number % 2 == 0 ? "X-Number: \(number)\r\n" : ""
                let body = "5\r\nhello\r\n0\r\n\(trailers)\(own)\r\n"
                #expect(try client.exchange(upload(body, fields: ["Trailer: X-Sum"])).status == 200)
                let seen = try origin.waitForRequest(number + 1)
                #expect(seen.body.text == "hello")
                #expect(seen.fields["Trailer"] == "X-Sum")
                #expect(seen.fields[all: "Transfer-Encoding"] == ["chunked"])
                let expected = ["X-Sum: abc", "Server-Timing: db;dur=5", "X-Empty: "]
                #expect(
                    "\(seen.body.trailers)"
                        == (expected + (own.isEmpty ? [] : ["X-Number: \(number)"])).joined(separator: "\n")
                )
            }
            #expect(origin.connections.count == 1)
        }
    }

    /// The exact bytes: libcurl adds no framing of its own, and nothing of the client's framing is left.
    @Test func aChunkedBodyIsFramedAnew() throws {
        let seen = Monitor("")
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextHead() != nil else { return }
            let body = try connection.readRaw(through: "\r\n\r\n")
            seen.change { $0 = body }
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        try withGateway([origin]) { gateway in
            let body = "00005;x=\"y\"\r\nhello\r\n1\r\n!\r\n0;z\r\nX-Sum:abc\r\nHost2: b\r\n\r\n"
            let response = try gateway.connect().exchange(upload(body))
            #expect(response.status == 200)
            let framed = seen.read { $0 }
            #expect(framed == "6\r\nhello!\r\n0\r\nX-Sum:abc\r\nHost2: b\r\n\r\n")
        }
    }

    @Test(arguments: [
        ("Content-Length: 5", "Host, Content-Length and Transfer-Encoding are not allowed as trailers"),
        ("X_Forwarded_For: 1.2.3.4", "a trailer may not look like a field of the gateway's"),
        ("X.Forwarded-Ssl: on", "a trailer may not look like a field of the gateway's"),
    ])
    func thatFrameOrMimicAreRefusedInWordsThatSayWhy(trailer: String, words: String) throws {
        try withGateway([try recording()]) { gateway in
            let response = try gateway.connect().exchange(upload("5\r\nhello\r\n0\r\n\(trailer)\r\n\r\n"))
            #expect(response.status == 400)
            #expect(response.text.contains(words))
        }
    }

    @Test func thatWouldChangeTheRequestDoNotReachTheBackend() throws {
        let origin = try recording()
        try withGateway([origin]) { gateway in
            let forbidden = [
                "Authorization: Basic x", "Cookie: a=b", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Ssl: on",
                "Forwarded: for=1.2.3.4", "X-Request-Id: mine", "If-Match: *", "Content-Type: a/b",
                "Expect: 100-continue",
                "Connection: close", "Upgrade: websocket", "X-Own: 1",
            ]
            let section = forbidden.map { $0 + "\r\n" }.joined() + "X-Sum: abc\r\n"
            let body = "5\r\nhello\r\n0\r\n\(section)\r\n"
            let response = try gateway.connect().exchange(upload(body, fields: ["Connection: x-own"]))
            #expect(response.text == "X-Sum: abc")
        }
    }

    /// Those that frame a message are refused with it; what has been forwarded by then cannot look like a whole request.
    @Test(arguments: ["Content-Length: 5", "Transfer-Encoding: chunked", "Host: b", "X : y", "X: \u{1}", " folded"])
    func thatAreAmbiguousAreRefused(line: String) throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let response = try client.exchange(upload("5\r\nhello\r\n0\r\n\(line)\r\n\r\n"))
            #expect(response.status == 400)
            try client.waitForClose()
            let whole = origin.requests.filter(\.isComplete)
            #expect(whole.isEmpty)
        }
    }

    @Test func ofAnyNumberOrSizeAreBounded() throws {
        let origin = try recording()
        try withGateway([origin]) { gateway in
            for (count, value, status) in [
                (64, "v", 200), (65, "v", 431), (2, String(repeating: "v", count: 8100), 200),
                (2, String(repeating: "v", count: 8200), 431),
            ] {
                let section = (0..<count).map { "X-\($0): \(value)\r\n" }.joined()
                let response = try gateway.connect().exchange(upload("0\r\n\(section)\r\n"))
                #expect(response.status == status)
            }
        }
    }

    /// The request is sent to a second backend, and with it its trailers.
    @Test func areSentAgainWithTheirRequest() throws {
        let dying = try StubbornOrigin.resetting()
        let origin = try recording()
        try withGateway([dying, origin]) { gateway in
            let response = try gateway.connect().exchange(upload("5\r\nhello\r\n0\r\nX-Sum: abc\r\n\r\n"))
            #expect(response.text == "X-Sum: abc")
            #expect(try origin.waitForRequest().body.text == "hello")
        }
    }

    // MARK: Of responses

    /// Answers in chunks with these trailers.
    private func answering(_ fields: [(String, String)] = []) throws -> FakeOrigin {
        let section = trailers + "Set-Cookie: a=b\r\nX-Own: 1\r\n"
        return try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                try connection.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: x-own\r\n\r\n"
                )
                if request.method != "HEAD" { try connection.send("5\r\nhello\r\n0\r\n\(section)\r\n") }
            }
        }
    }

    @Test func ofAResponseReachAClientThatTakesThem() throws {
        let origin = try answering()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<3 {
                let response = try client.exchange(request(fields: ["TE: trailers", "Connection: TE"]))
                #expect(response.text == "hello")
                #expect(response.fields["Trailer"] == "X-Sum")
                #expect("\(response.body.trailers)" == "X-Sum: abc\nServer-Timing: db;dur=5\nX-Empty: ")
            }
            #expect(origin.connections.count == 1)
            #expect(try origin.waitForRequest().fields["TE"] == "trailers")
            #expect(try origin.waitForRequest().fields.lists("TE", in: "Connection"))
        }
    }

    @Test func ofAResponseDoNotReachAClientThatHasNotAskedForThem() throws {
        let origin = try answering()
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for fields in [[], ["TE: deflate"]] {
                let response = try client.exchange(request(fields: fields))
                #expect(response.text == "hello")
                #expect(!response.fields.contains("Trailer"))
                #expect(response.body.trailers.list.isEmpty)
            }
            #expect(try origin.waitForRequest().fields["TE"] == nil)
            // An HTTP/1.0 client has no trailers at all.
            let old = try gateway.connect().exchange(request(fields: ["TE: trailers"], version: "1.0"))
            #expect(old.text == "hello")
            #expect(old.isComplete)
            let head = try client.exchange(request("HEAD", fields: ["TE: trailers"]))
            #expect(!head.fields.contains("Trailer"))
        }
    }

    /// Whether the client would have been given them or not.
    @Test(
        arguments: ["Content-Length: 5", "X : y", "X: \u{1}", "X: \u{0}", " folded", "nothing"],
        [["TE: trailers"], []]
    )
    func ofAResponseThatAreBrokenCutItVisibly(line: String, fields: [String]) throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextRequest() != nil else { return }
            try connection.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\(line)\r\n\r\n"
            )
            try connection.waitForPeerToClose()
        }
        try withGateway([origin], { $0.retry = ["attempts: 1"] }) { gateway in
            let response = try gateway.connect().exchange(request(fields: fields))
            #expect(response.status == 200)
            #expect(!response.isComplete)
            #expect(response.body.trailers.list.isEmpty)
            // The connection that they came on is not used again.
            try origin.waitForEnd(ofConnection: origin.waitForRequest().connection)
        }
    }

    @Test func endlessTrailersOfAResponseAreCutInBoundedMemory() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")
                while true { try connection.send(String(repeating: "X-Sum: abc\r\n", count: 1000)) }
            }
        }
        try withGateway([origin]) { gateway in
            let response = try gateway.connect().exchange(request(fields: ["TE: trailers"]))
            #expect(!response.isComplete)
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
        }
    }
}
