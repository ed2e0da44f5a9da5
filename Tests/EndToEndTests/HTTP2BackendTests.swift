// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// `http2`: requests reach the backend by HTTP/2, as whole and as separate as by HTTP/1.1.
@Suite(.threads(.few), .enabled(if: LibraryUnderTest.speaksHTTP2)) struct HTTP2BackendTests {
    @Test(arguments: [false, true]) func headIsThatOfHTTP2(isTLS: Bool) throws {
        try withHTTP2Backend(isTLS: isTLS) { gateway, backend in
            let fields = [
                "Connection: close, X-Hop", "X-Hop: 1", "TE: trailers", "X-Twice: a", "X-Twice: b", "Cookie: a=b",
            ]
            let answer = try gateway.connect().exchange(request("GET", "//a/../b%2f?c", fields: fields))
            #expect(answer.status == 200)
            #expect(answer.fields[all: "Via"] == ["2.0 curlew"])
            #expect(answer.headText.hasPrefix("HTTP/1.1 200 OK\r\n"))
            let seen = try EchoedRequest(answer)
            #expect(seen[all: ":method"] == ["GET"])
            #expect(seen[all: ":path"] == ["//a/../b%2f?c"])
            #expect(seen[all: ":scheme"] == [isTLS ? "https" : "http"])
            #expect(seen[all: ":authority"] == ["test.example"])
            #expect(seen[all: "x-twice"] == ["a", "b"])
            #expect(seen[all: "cookie"] == ["a=b"])
            #expect(seen[all: "x-forwarded-for"] == ["127.0.0.1"])
            for name in ["connection", "host", "x-hop", "keep-alive", "upgrade", "transfer-encoding", "x-curlew"] {
                #expect(seen[all: name].isEmpty, "\(name)")
            }
            #expect(seen[all: "te"].allSatisfy { $0 == "trailers" })
        }
    }

    @Test(arguments: [false, true]) func bodiesOfAMegabyteArriveWhole(isTLS: Bool) throws {
        try withHTTP2Backend(isTLS: isTLS) { gateway, _ in
            let client = try gateway.connect()
            let size = 1 << 20
            let body = String(repeating: "x", count: size)
            let known = try EchoedRequest(try client.exchange(request("POST", body: body)))
            #expect(known.size == size)
            #expect(known[all: "content-length"] == ["\(size)"])
            let chunk = String(repeating: "y", count: 1 << 16)
            let chunks = String(repeating: "10000\r\n\(chunk)\r\n", count: 16)
            let open = request("PUT", fields: ["Transfer-Encoding: chunked", "Trailer: X-Sum"])
            let unknown = try EchoedRequest(try client.exchange("\(open)\(chunks)0\r\nX-Sum: 1\r\n\r\n"))
            #expect(unknown.size == size)
            for name in ["content-length", "transfer-encoding", "trailer"] { #expect(unknown[all: name].isEmpty) }
            let small = try EchoedRequest(try client.exchange(open + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
            #expect(small.body == "abcde")
            for path in ["/large/1048576", "/large/1048576/open"] {
                let large = try client.get(path)
                #expect(large.isComplete && large.body.count == size)
            }
        }
    }

    @Test func responsesWithoutABodyEnd() throws {
        try withHTTP2Backend { gateway, _ in
            let client = try gateway.connect()
            #expect(try client.get("/status/204").status == 204)
            #expect(try client.get("/status/304").status == 304)
            let head = try {
                try client.send(request("HEAD", "/"))
                return try client.response(to: "HEAD")
            }()
            #expect(head.status == 200 && head.fields["content-length"] != nil)
            let interim = try client.get("/interim")
            #expect(interim.interim == [103] && interim.status == 200)
        }
    }

    @Test func trailersReachAClientThatTakesThem() throws {
        try withHTTP2Backend { gateway, _ in
            let client = try gateway.connect()
            let fields = ["TE: trailers", "Connection: TE"]
            let answer = try client.exchange(request("GET", "/trailers/17", fields: fields))
            #expect(answer.text == "body")
            #expect(answer.body.trailers[all: "x-sum"] == ["17"])
            let unasked = try client.get("/trailers")
            #expect("\(unasked.body.trailers)".isEmpty)
            #expect(try client.get("/place").status == 200)
        }
    }

    @Test(arguments: [false, true]) func aHundredRequestsAtOnceShareAConnection(isTLS: Bool) throws {
        try withHTTP2Backend(isTLS: isTLS) { gateway, _ in
            let places = Monitor<[String]>([])
            try concurrently(100) { _ in
                let answer = try gateway.get("/slow/300")
                places.change { $0.append(String(answer.text.prefix { $0 != "/" })) }
            }
            #expect(places.read { $0.count } == 100)
            #expect(Set(places.read { $0 }).count == 1)
        }
    }

    @Test func slowClientDoesNotHoldUpTheOthers() throws {
        try withHTTP2Backend { gateway, _ in
            let slow = try gateway.connect(receiveBuffer: 4096)
            try slow.send(request("GET", "/large/60000000"))
            _ = try slow.head()
            for _ in 0..<20 { #expect(try gateway.get("/place").status == 200) }
            #expect(try gateway.get("/large/20000000").body.count == 20_000_000)
            // What is received for it and not taken is bounded by libcurl's window, 10 MiB.
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.resident < 120 << 20)
            slow.growReceiveBuffer()
            let rest = try slow.readPart(60_000_000, until: .after(seconds: 60))
            #expect(rest.count == 60_000_000)
        }
    }

    @Test(arguments: [false, true]) func upgradesGoByHTTP11(isTLS: Bool) throws {
        try withHTTP2Backend(isTLS: isTLS) { gateway, _ in
            #expect(try gateway.get("/place").fields[all: "Via"] == ["2.0 curlew"])
            let client = try gateway.connect()
            #expect(try client.upgrade().status == 101)
            try client.send("through the tunnel")
            #expect(try client.receive() == "through the tunnel")
            client.close()
            #expect(try gateway.get("/place").fields[all: "Via"] == ["2.0 curlew"])
        }
    }

    @Test func serverThatDoesNotAgreeIsSpokenToByHTTP11() throws {
        let backend = try HTTP2Backend(isTLS: true, protocols: "http/1.1")
        try withGateway([], { $0.backends = [backend.item] }) { gateway in
            _ = try gateway.finding(of: backend.url)
            let client = try gateway.connect()
            for _ in 0..<3 {
                let answer = try client.get("/a")
                #expect(answer.text == "HTTP/1.1")
                #expect(answer.fields[all: "Via"] == ["1.1 curlew"])
            }
        }
        #expect(backend.said("HTTP/1.1 GET /a HTTP/1.1").count == 3)
        try backend.stop()
    }

    @Test func serverOfHTTP11AloneIsNoBackendWithoutTLS() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            try connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        try withGateway([], { $0.backends = [HTTP2Backend.item(origin.url)] }) { gateway in
            let finding = try gateway.finding(of: origin.url)
            #expect(finding.hasPrefix("HEALTH: UNHEALTHY \(origin.url) - "))
        }
        origin.stop()
    }
}

/// What the backend has told of a request.
struct EchoedRequest {
    private let told: JSONValue

    init(_ response: ReceivedResponse) throws {
        #expect(response.status == 200)
        told = try JSONValue(response.text)
    }

    subscript(all name: String) -> [String] {
        guard case .array(let fields) = told["fields"] else { return [] }
        return fields.compactMap { field in
            guard case .array(let pair) = field, pair.count == 2, pair[0].string == name else { return nil }
            return pair[1].string
        }
    }

    var size: Int? { told["size"]?.number.map { Int($0) } }
    var body: String? { told["body"]?.string }
}
