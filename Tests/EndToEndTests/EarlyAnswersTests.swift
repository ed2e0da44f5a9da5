// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Backends that answer before they have read the request's body, such as one that refuses an upload.
@Suite(.threads(.few)) struct EarlyAnswersTests {
    @Test(arguments: [413, 401, 200]) func reachAClientThatIsStillSending(status: Int) throws {
        let origin = try StubbornOrigin.answeringEarly(status, closing: false)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: 100000000"]))
            let body = BodyPattern.bytes(100_000)
            let sending = BackgroundThread { [socket = client.socket] in
                // Until the gateway closes or has read it all; either is its right.
                do { for _ in 0..<1000 { try socket.send(body) } } catch {}
            }
            let response = try client.response(to: "POST")
            #expect(response.status == status)
            #expect(response.text == "early")
            client.socket.shutDown()
            try sending.join()
        }
    }

    /// The client waits for the answer before it goes on: an upload that is paused must not hold the answer back.
    @Test(arguments: [413, 200]) func reachAClientThatHasStoppedSending(status: Int) throws {
        let origin = try StubbornOrigin.answeringEarly(status, closing: false)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: 1000"]) + "only this")
            let response = try client.response(to: "POST")
            #expect(response.status == status)
            #expect(response.text == "early")
            // What the client sends next is body and not a request, so the connection is of no more use.
            #expect(response.fields.lists("close", in: "Connection"))
        }
    }

    @Test func areNotLostWhenTheBackendResetsBehindThem() throws {
        let origin = try StubbornOrigin.answeringEarly(413, closing: true)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: 1000"]) + "only this")
            // A reset may overtake the answer on its way to the gateway; then it is a plain failure.
            #expect(try [413, 502].contains(client.response(to: "POST").status))
        }
    }

    /// The client is in the middle of an upload when its backend dies: it must be told, and not wait for ever.
    @Test(arguments: [false, true]) func backendThatDiesDuringAnUploadIs502(resetting: Bool) throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard var request = try connection.nextHead() else { return }
            try connection.readPart(100_000, of: &request)
            if resetting { connection.socket.reset() }
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("PUT", fields: ["Content-Length: 100000000"]))
            let sending = BackgroundThread { [socket = client.socket] in
                let body = BodyPattern.bytes(100_000)
                do { for _ in 0..<1000 { try socket.send(body) } } catch {}
            }
            let response = try client.response(to: "PUT")
            #expect(response.status == 502)
            client.socket.shutDown()
            try sending.join()
        }
    }
}
