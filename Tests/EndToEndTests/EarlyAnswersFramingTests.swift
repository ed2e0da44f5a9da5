// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Answers that come before their request is complete, in every framing: whole where they are whole, and cut where not.
@Suite(.threads(.few)) struct EarlyAnswersFramingTests {
    /// Answers the head of a request with `bytes` and neither reads the body nor, unless told to, closes.
    private func answering(_ bytes: String, finishing: Bool = false) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextHead() {
                guard request.target == "/early" else {
                    try connection.send(.text("usual"), to: request)
                    continue
                }
                try connection.send(bytes)
                if finishing { connection.socket.finishSending() }
                try connection.waitForPeerToClose()
            }
        }
    }

    private func upload(chunked: Bool) -> String {
        request(
            "POST",
            "/early",
            fields: [chunked ? "Transfer-Encoding: chunked" : "Content-Length: 1000", "TE: trailers"]
        )
            + (chunked ? "9\r\nonly this\r\n" : "only this")
    }

    /// A status line and, perhaps, a Connection field, which decides when libcurl gives up the upload.
    private static let heads = [413, 401, 303, 200].flatMap { status in
        ["", "Connection: close\r\n"].map { "HTTP/1.1 \(status) Early\r\n\($0)" }
    }

    /// The client has sent some of its body and waits. The upload is paused, and must hold nothing back.
    @Test(arguments: heads, [(false, false), (false, true), (true, false), (true, true)])
    func inChunksAreWholeForAClientThatWaits(head: String, how: (chunked: Bool, finishing: Bool)) throws {
        let answer = head + "Transfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n0\r\nX-Sum: abc\r\n\r\n"
        let origin = try answering(answer, finishing: how.finishing)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(upload(chunked: how.chunked))
            let response = try client.response(to: "POST")
            #expect(response.text == "early")
            #expect(response.isComplete)
            #expect(response.body.trailers["X-Sum"] == "abc")
            #expect(response.fields.lists("close", in: "Connection"))
            client.close()
            // The backend has not read the body, so what it was sent on must not serve again.
            try origin.waitForEnd(ofConnection: origin.waitForHead().connection)
            #expect(try gateway.get().text == "usual")
        }
    }

    @Test(arguments: heads, [false, true]) func thatTheBackendCutsAreCut(head: String, chunked: Bool) throws {
        for framing in ["Transfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n", "Content-Length: 6\r\n\r\nearly"] {
            let origin = try answering(head + framing, finishing: true)
            try withGateway([origin]) { gateway in
                let client = try gateway.connect()
                try client.send(upload(chunked: chunked))
                let response = try client.response(to: "POST")
                #expect(response.text == "early")
                #expect(!response.isComplete)
            }
        }
    }

    /// Where only the end of the connection ends the answer, the backend's end ends it.
    @Test(arguments: heads, ["1.1", "1.0"]) func thatEndWithTheConnectionAreWhole(head: String, version: String) throws
    {
        let origin = try answering(head + "\r\nearly", finishing: true)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", "/early", fields: ["Content-Length: 1000"], version: version) + "only this")
            let response = try client.response(to: "POST")
            #expect(response.body.framing == (version == "1.1" ? .chunked : .untilClose))
            #expect(response.text == "early")
            #expect(response.isComplete)
        }
    }

    /// An error answer to a chunked body that has come to its end is not early: the connection serves on.
    @Test func toABodyThatHasJustEndedAreNotEarly() throws {
        let origin = try FakeOrigin { _ in .text("no", status: 404) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for number in 0..<100 {
                let response = try client.exchange(
                    request("PUT", fields: ["Transfer-Encoding: chunked"]) + "5\r\nhello\r\n0\r\nX-N: \(number)\r\n\r\n"
                )
                #expect(response.status == 404)
            }
            #expect(origin.connections.count == 1)
        }
    }
}
