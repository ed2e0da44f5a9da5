// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What the mirror's backend gets, and what becomes of its answers.
@Suite(.threads(.few)) struct MirrorTests {
    private static let marker = "X-Mirrored: 1\r\n"

    @Test(arguments: [
        request("GET", "/a?b=%20c", fields: ["X-One: 1", "Cookie: a=b", "TE: trailers"]),
        request("HEAD", "/h"),
        request("GET", "/old", version: "1.0"),
        request("DELETE", "/d"),
        request("POST", "/p", body: "hello"),
        request("POST", "/empty", fields: ["Content-Length: 0"]),
        request("GET", "/odd", body: "body of a GET"),
        chunked("PUT", "/c", pieces: ["hello", "you"], trailers: "X-Sum: abc\r\n"),
        chunked("POST", "/none", pieces: []),
        request("PATCH", "/large", body: String(repeating: "0123456789", count: 6000)),
    ])
    func copyIsWhatTheMainBackendGetsButForTheMark(text: String) throws {
        let origins = try namedOrigins("main", "shadow")
        try withMirror(origins[0], origins[1]) { gateway in
            let client = try gateway.connect()
            let answer = try client.exchange(text)
            #expect(answer.status == 200)
            let original = try origins[0].waitForRequest()
            let copy = try origins[1].waitForRequest()
            #expect(copy.headText.contains(Self.marker))
            #expect(!original.headText.contains("X-Mirrored"))
            // Newer versions of libcurl choose other places for the fields that they write.
            let fields = copy.headText.replacing(Self.marker, with: "").split(separator: "\r\n")
            #expect(fields.sorted() == original.headText.split(separator: "\r\n").sorted())
            #expect(fields.first == original.headText.split(separator: "\r\n").first)
            #expect(copy.body.bytes == original.body.bytes)
            #expect("\(copy.body.trailers)" == "\(original.body.trailers)")
            _ = try gateway.log.waitForRecords("MIRROR")
            #expect(origins.map { $0.requests.count } == [1, 1])
        }
    }

    @Test func bodyThatComesInPiecesIsMirroredWhole() throws {
        let origins = try namedOrigins("main", "shadow")
        try withMirror(origins[0], origins[1], [], { $0.retry = ["body_buffer: 1MiB"] }) { gateway in
            let client = try gateway.connect()
            for (number, head) in ["Content-Length: 800000", "Transfer-Encoding: chunked"].enumerated() {
                try client.send(request("POST", "/x", fields: [head]))
                for piece in 0..<8 {
                    if number == 1 { try client.send("186a0\r\n") }
                    try client.sendPattern(100_000, from: piece * 100_000)
                    if number == 1 { try client.send("\r\n") }
                    // Nothing goes to the shadow before the whole is there.
                    if piece == 6 { #expect(origins[1].requests.count == number) }
                }
                if number == 1 { try client.send("0\r\n\r\n") }
                #expect(try client.response(to: "POST").text == "main")
                let copy = try origins[1].waitForRequest(number + 1)
                #expect(copy.body.count == 800_000 && copy.body.followsPattern)
            }
            let records = try gateway.log.waitForRecords("MIRROR", count: 2)
            #expect(records.map { $0["bytes_in"]?.number } == [800_000, 800_000])
        }
    }

    @Test func answersAreThrownAwayAndConnectionsKept() throws {
        let shadow = try FakeOrigin { OriginResponse(body: .pattern(3_000_000, chunked: $0.target == "/1")) }
        let main = try FakeOrigin("main")
        try withMirror(main, shadow) { gateway in
            let client = try gateway.connect()
            for number in 0..<4 {
                #expect(try client.get("/\(number)").text == "main")
                let records = try gateway.log.waitForRecords("MIRROR", count: number + 1)
                #expect(records[number]["bytes_out"]?.number == 3_000_000)
                #expect(records[number]["upstream"]?["reused"]?.bool == (number > 0))
            }
            #expect(shadow.connections.count == 1)
        }
    }

    @Test func recordTellsOfTheCopyUnderTheIDOfTheRequest() throws {
        let main = try FakeOrigin("main")
        let shadow = try FakeOrigin { _ in .text("shadow!", status: 500) }
        try withMirror(main, shadow) { gateway in
            #expect(try gateway.connect().exchange(request("POST", "/x?y", body: "abc")).text == "main")
            let response = try gateway.log.waitForRecords("RESPONSE")[0]
            let mirror = try gateway.log.waitForRecords("MIRROR")[0]
            #expect(mirror["request_id"] == response["request_id"])
            #expect(mirror["request_id"]?.string == shadow.requests[0].fields["X-Request-Id"])
            #expect(mirror["backend"]?.string == shadow.url)
            #expect(mirror["pool"]?.string == "shadow")
            #expect(mirror["route"]?.string == "all")
            #expect(mirror["status"]?.number == 500)
            #expect(mirror["error"] == .null)
            #expect(mirror["path"]?.string == "/x?y")
            #expect(mirror["bytes_in"]?.number == 3)
            #expect(mirror["bytes_out"]?.number == 7)
            #expect(response["pool"]?.string == "web" && response["status"]?.number == 200)
        }
    }

    @Test func copyIsChangedByTheRouteLikeTheRequest() throws {
        let origins = try namedOrigins("main", "shadow")
        let route = "strip_prefix: /v1, request_headers: { set: { X-Env: prod }, remove: [X-Debug] }"
        let settings: (inout GatewaySettings) -> Void = {
            $0.routes = "  - { pool: web, path: /v1, \(route), mirror: { pool: shadow } }"
            $0.pools?[1].backends = ["{ url: \"\(origins[1].url)\", host: shadow.internal }"]
        }
        try withMirror(origins[0], origins[1], [], settings) { gateway in
            _ = try gateway.connect().exchange(request("GET", "/v1/x", fields: ["X-Debug: 1"]))
            let copy = try origins[1].waitForRequest()
            #expect(copy.target == "/x")
            #expect(copy.fields["X-Env"] == "prod" && copy.fields["X-Debug"] == nil)
            #expect(copy.fields["X-Forwarded-Prefix"] == "/v1")
            #expect(copy.fields["Host"] == "shadow.internal")
            #expect(origins[0].requests[0].fields["Host"] == "test.example")
        }
    }

    /// A backend may spare itself by the mark what is to be done once, so no client may set it.
    @Test func markOfAClientIsNotBelieved() throws {
        for isTrusted in [false, true] {
            let origins = try namedOrigins("main", "shadow")
            let trust: (inout GatewaySettings) -> Void = { $0.trustedProxies = isTrusted ? ["127.0.0.1"] : [] }
            try withMirror(origins[0], origins[1], [], trust) { gateway in
                _ = try gateway.connect().exchange(request(fields: ["X-Mirrored: yes", "X_Mirrored: 1"]))
                let original = try origins[0].waitForRequest()
                #expect(original.fields[all: "X-Mirrored"] == (isTrusted ? ["yes"] : []))
                let copy = try origins[1].waitForRequest()
                #expect(copy.fields[all: "X-Mirrored"] == ["1"])
                #expect(!(original.headText + copy.headText).contains("X_Mirrored"))
            }
        }
    }

    @Test func shareOfRequestsIsCopied() throws {
        let origins = try namedOrigins("main", "shadow")
        try withMirror(origins[0], origins[1], ["percent: 30%", "concurrency: 1000"]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<1000 { #expect(try client.get().status == 200) }
            // More than six standard deviations off is no chance.
            _ = try gateway.log.waitForRecords("MIRROR", count: 210)
            #expect((210...390).contains(origins[1].requests.count))
        }
    }

    @Test(arguments: ["percent: 0%"]) func noShareIsNone(member: String) throws {
        let origins = try namedOrigins("main", "shadow")
        try withMirror(origins[0], origins[1], [member]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<20 { #expect(try client.get().status == 200) }
        }
        #expect(origins[1].requests.isEmpty)
    }

    @Test func onlyWhatGoesToABackendIsCopied() throws {
        let origins = try namedOrigins("main", "shadow")
        try withMirror(origins[0], origins[1], [], { $0.top = ["rate_limit: { requests: 1, per: 1h }"] }) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/first").status == 200)
            #expect(try client.get("/second").status == 429)
            _ = try gateway.log.waitForRecords("MIRROR")
        }
        #expect(origins[1].requests.map(\.target) == ["/first"])
    }

    @Test func upgradesAreNotCopied() throws {
        let main = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextHead() != nil else { return }
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
            try connection.echo()
        }
        let shadow = try FakeOrigin()
        try withMirror(main, shadow) { gateway in
            let client = try gateway.connect()
            try client.send(request(fields: ["Connection: Upgrade", "Upgrade: chat"]))
            #expect(try client.head().status == 101)
            try client.send("hello")
            #expect(try client.readPart(5).text == "hello")
            client.close()
            _ = try gateway.log.waitForRecords("RESPONSE")
        }
        #expect(shadow.requests.isEmpty)
    }

    @Test func eventsAreNotListenedTo() throws {
        let shadow = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
                try connection.waitForPeerToClose()
            }
        }
        let main = try FakeOrigin("main")
        try withMirror(main, shadow) { gateway in
            _ = try gateway.get()
            let record = try gateway.log.waitForRecords("MIRROR")[0]
            #expect(record["status"]?.number == 200 && record["error"] == .null)
            try shadow.waitForEnd(ofConnection: shadow.requests[0].connection)
        }
    }

    @Test func mirrorOfAPoolToItselfSendsEverythingTwice() throws {
        let origin = try FakeOrigin("main")
        let settings: (inout GatewaySettings) -> Void = {
            $0.logFormat = "json"
            $0.routes = "  - { pool: web, mirror: { pool: web } }"
        }
        try withGateway([origin], settings) { gateway in
            let client = try gateway.connect()
            for _ in 0..<10 { #expect(try client.exchange(request("POST", "/x", body: "hello")).text == "main") }
            for _ in 0..<10 { #expect(try client.exchange(chunked("POST", pieces: ["hello"])).text == "main") }
            let records = try gateway.log.waitForRecords("MIRROR", count: 20)
            #expect(records.allSatisfy { $0["status"]?.number == 200 })
            #expect(origin.requests.count == 40)
            #expect(origin.requests.allSatisfy { $0.body.text == "hello" })
        }
    }
}
