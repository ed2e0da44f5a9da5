// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Responses that libcurl would let through and that must not reach a client, because another reader of the same bytes
/// could see another message.
@Suite(.threads(.few)) struct BadResponsesTests {
    private static let bad: [String] = [
        "garbage\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/3.7 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: 5abc\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\rC: d\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n: empty\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nno colon\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA b: c\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\0c\r\n\r\nhello",
    ]

    @Test func areAnswered502AndTheirConnectionIsNotReused() throws {
        for bytes in Self.bad {
            let origin = try FakeOrigin { (connection: OriginConnection) in
                var isFirst = true
                while let request = try connection.nextRequest() {
                    if isFirst, request.target == "/bad" {
                        try connection.send(bytes)
                        // Only a close can end some of these; the others must not need one.
                        if !bytes.contains("\r\n\r\n") { return }
                    } else {
                        try connection.send(.text("good"), to: request)
                    }
                    isFirst = false
                }
            }
            try withGateway([origin]) { gateway in
                let client = try gateway.connect()
                let response = try client.exchange(request("POST", "/bad", body: "x"))
                #expect(response.status == 502, "\(bytes.debugDescription)")
                #expect(response.fields.contains("Proxy-Status"), "\(bytes.debugDescription)")
                guard response.status == 502 else { return }
                let seen = try origin.waitForRequest()
                try origin.waitForEnd(ofConnection: seen.connection)
            }
        }
    }

    @Test func headThatIsTooLargeIsAnswered502() throws {
        let fields = String(repeating: "X-Large: \(String(repeating: "v", count: 1000))\r\n", count: 600)
        let origin = try StubbornOrigin.sending("HTTP/1.1 200 OK\r\n\(fields)Content-Length: 0\r\n\r\n")
        try withGateway([origin]) { gateway in
            let response = try gateway.get()
            #expect(response.status == 502)
        }
    }

    @Test func foldedFieldIsUnfoldedOrRefused() throws {
        let origin = try StubbornOrigin.sending("HTTP/1.1 200 OK\r\nA: b\r\n  c\r\nContent-Length: 5\r\n\r\nhello")
        try withGateway([origin]) { gateway in
            let response = try gateway.get()
            // RFC 9112, section 5.2: a gateway must do one or the other. The client's reader refuses a folded line.
            #expect(response.status == 502 || response.fields["A"].map { ["b c", "b   c"].contains($0) } == true)
        }
    }

    @Test func unaskedSwitchOfProtocolsIsAnswered502() throws {
        let origin = try StubbornOrigin.sendingThenSilent("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
        try withGateway([origin]) { gateway in
            let response = try gateway.get()
            #expect(response.status == 502)
        }
    }
}
