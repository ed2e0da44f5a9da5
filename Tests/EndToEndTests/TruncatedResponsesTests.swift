// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// A backend that dies in the middle of a body. The client has had the head by then, so all that is left is to make sure
/// that it cannot take what it has for the whole.
@Suite(.threads(.few)) struct TruncatedResponsesTests {
    private static let shortLength = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
    private static let cutChunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhe"
    private static let missingEnd = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    private static let badChunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"

    @Test(arguments: [shortLength, cutChunk, missingEnd, badChunk], ["1.1", "1.0"])
    func neverLookWhole(answer: String, version: String) throws {
        let origin = try StubbornOrigin.sending(answer)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            // A backend may die before the gateway has passed the head on: then a 502 is as honest.
            let response: ReceivedResponse
            do {
                response = try client.exchange(request(version: version))
            } catch KitError.reset {
                return
            }
            #expect(response.status == 502 || !response.isComplete)
        }
    }

    /// Body bytes that have reached the client rule out a 502, whatever the timing.
    @Test(arguments: ["Content-Length: 100000", "Transfer-Encoding: chunked"], ["1.1", "1.0"])
    func areCutOffWhenTheHeadHasBeenPassedOn(framing: String, version: String) throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                let piece = Array("hello".utf8)
                try connection.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
                try connection.socket.send(framing.hasPrefix("T") ? OriginConnection.chunk(piece) : piece)
                try gate.wait()
                return
            }
        }
        let other = try FakeOrigin("other")
        try withGateway([origin, other]) { gateway in
            let client = try gateway.connect()
            try client.send(request(version: version))
            var response = try client.head()
            #expect(response.status == 200)
            gate.open()
            try client.readBody(of: &response)
            // Without a framing of its own an HTTP/1.0 client sees an orderly close as the end: only RST tells.
            #expect(!response.isComplete)
            #expect("hello".hasPrefix(response.text))
            // What another backend would answer cannot be joined to what the client already has.
            #expect(other.requests.isEmpty)
        }
    }

    @Test func resetInABodyWithoutLengthIsSeen() throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while try connection.nextRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
                try gate.wait()
                return connection.socket.reset()
            }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            var response = try client.head()
            gate.open()
            try client.readBody(of: &response)
            #expect(!response.isComplete)
        }
    }
}
