// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// What an intermediary has no business with passes as it is, byte for byte and in its order.
@Suite(.threads(.few)) struct TransparencyTests {
    @Test func conditionsRangesAndCodingsAreTheBackendsAffair() throws {
        let origin = try FakeOrigin { request in
            switch request.target {
            case "/unchanged": OriginResponse(304, reason: "Not Modified", fields: [("ETag", "\"v1\"")])
            case "/failed": OriginResponse(412, reason: "Precondition Failed", fields: [("ETag", "W/\"v2\"")])
            case "/part":
                OriginResponse(
                    206,
                    reason: "Partial Content",
                    fields: [("Content-Range", "bytes 2-4/10"), ("Accept-Ranges", "bytes")],
                    body: .fixed(Array("cde".utf8))
                )
            default:
                OriginResponse(
                    fields: [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")],
                    body: .fixed([0x1F, 0x8B, 0x08, 0x00, 0xFF])
                )
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let fields = [
                "if-None-Match: \"v1\", W/\"v0\"", "If-Modified-Since: Tue, 15 Nov 1994 08:12:31 GMT",
                "If-Range: \"v1\"", "Range: bytes=2-4,  -1", "accept-encoding: gzip;q=0.5, br", "If-Match: *",
                "If-Unmodified-Since: never",
            ]
            #expect(try client.exchange(request("GET", "/unchanged", fields: fields)).status == 304)
            #expect(try client.exchange(request("PUT", "/failed", fields: fields, body: "x")).status == 412)
            let part = try client.exchange(request("GET", "/part", fields: fields))
            #expect(part.status == 206 && part.text == "cde")
            #expect(part.fields["Content-Range"] == "bytes 2-4/10")
            let coded = try client.exchange(request("GET", "/coded", fields: fields))
            #expect(coded.body.bytes == [0x1F, 0x8B, 0x08, 0x00, 0xFF])
            #expect(coded.fields["Content-Encoding"] == "gzip")
            for seen in origin.requests {
                let lines = seen.headText.split(separator: "\r\n").map(String.init)
                #expect(lines.filter { fields.contains($0) } == fields, "\(seen.target)")
            }
        }
    }

    @Test func responseSaysWhichVersionCameByWhichGateway() throws {
        let origin = try FakeOrigin { request in
            var response = OriginResponse.text("x", fields: [("VIA", "1.1 inner"), ("b", "1"), ("A", "2"), ("B", "3")])
            response.version = request.target == "/old" ? "HTTP/1.0" : "HTTP/1.1"
            return response
        }
        try withGateway([origin]) { gateway in
            for (target, version) in [("/", "1.1"), ("/old", "1.0")] {
                let response = try gateway.get(target)
                #expect(response.version == "HTTP/1.1")
                #expect(response.fields[all: "Via"] == ["1.1 inner", "\(version) curlew"])
                let lines = response.headText.split(separator: "\r\n").map(String.init)
                #expect(lines.filter { ["VIA: 1.1 inner", "b: 1", "A: 2", "B: 3"].contains($0) }.count == 4)
                #expect(Array(lines[1...4]) == ["VIA: 1.1 inner", "b: 1", "A: 2", "B: 3"])
                #expect(response.fields[all: "Date"].count == 1)
            }
        }
    }
}
