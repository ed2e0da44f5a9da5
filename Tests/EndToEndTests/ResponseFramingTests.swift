// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct ResponseFramingTests {
    @Test func headHasTheFieldsOfGetAndNoBody() throws {
        let origin = try FakeOrigin("hello")
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let head = try client.exchange(request("HEAD"))
            #expect(head.status == 200)
            #expect(head.fields["Content-Length"] == "5")
            // Had a body followed, it would be read as the beginning of this answer.
            #expect(try client.get().text == "hello")
            #expect(origin.requests.map(\.method) == ["HEAD", "GET"])
        }
    }

    @Test func headOfAChunkedResponseHasNoBody() throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .chunked([[97]])) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.exchange(request("HEAD")).status == 200)
            #expect(try client.get().text == "a")
        }
    }

    @Test(arguments: [204, 304]) func statusWithoutABodyHasNone(status: Int) throws {
        let origin = try FakeOrigin { request in
            request.target == "/none" ? OriginResponse(status, fields: [("ETag", "\"e\"")]) : .text("next")
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let response = try client.get("/none")
            #expect(response.status == status)
            #expect(response.fields["ETag"] == "\"e\"")
            #expect(!response.fields.contains("Transfer-Encoding"))
            // RFC 9110, section 8.6: never in a 204.
            if status == 204 { #expect(!response.fields.contains("Content-Length")) }
            #expect(try client.get().text == "next")
        }
    }

    @Test func notModifiedKeepsTheLengthOfWhatWasNotSent() throws {
        let origin = try FakeOrigin { _ in OriginResponse(304, fields: [("Content-Length", "1234")]) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                #expect(try client.get().status == 304)
            }
        }
    }

    @Test func chunkedResponseIsChunkedForHTTP11() throws {
        let origin = try FakeOrigin { _ in
            OriginResponse(body: .chunked([Array("one".utf8), Array("two".utf8)], trailers: [("T", "v")]))
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                let response = try client.get()
                #expect(response.body.framing == .chunked)
                #expect(response.text == "onetwo")
            }
        }
    }

    @Test func chunkedResponseEndsWithTheConnectionForHTTP10() throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .chunked([Array("one".utf8), Array("two".utf8)])) }
        try withGateway([origin]) { gateway in
            for fields in [[], ["Connection: keep-alive"]] {
                let response = try gateway.connect().exchange(request(fields: fields, version: "1.0"))
                #expect(response.body.framing == .untilClose)
                #expect(response.text == "onetwo")
                #expect(response.isComplete)
                #expect(!response.fields.lists("keep-alive", in: "Connection"))
            }
        }
    }

    @Test func responseThatEndsWithTheConnectionIsChunkedForHTTP11() throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .untilClose(Array("hello".utf8))) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                let response = try client.get()
                #expect(response.body.framing == .chunked)
                #expect(response.text == "hello")
                #expect(response.isComplete)
            }
        }
    }

    @Test func emptyBodyIsZeroLong() throws {
        let origin = try FakeOrigin { _ in .text("") }
        try withGateway([origin]) { gateway in
            let response = try gateway.get()
            #expect(response.body.framing == .length(0))
        }
    }

    @Test func interimResponsesDoNotHideTheFinalOne() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                try connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
                try connection.send(.text("final"), to: request)
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                let response = try client.get()
                #expect(response.status == 200)
                #expect(response.text == "final")
                #expect(!response.fields.contains("Link"))
            }
            // An HTTP/1.0 client knows no interim responses (RFC 9110, section 15.2).
            #expect(try gateway.connect().exchange(request(version: "1.0")).interim == [])
        }
    }

    @Test func reasonPhraseAndOddStatusPass() throws {
        let origin = try FakeOrigin { _ in OriginResponse(299, reason: "Rather Fine", body: .fixed([97])) }
        try withGateway([origin]) { gateway in
            let response = try gateway.get()
            #expect(response.status == 299)
            #expect(response.reason == "Rather Fine")
        }
    }
}
