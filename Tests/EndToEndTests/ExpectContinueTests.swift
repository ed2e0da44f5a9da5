// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

@Suite(.threads(.few)) struct ExpectContinueTests {
    private let expecting = request("POST", fields: ["Expect: 100-continue", "Content-Length: 5"])

    @Test func bodyIsAskedForAndThenForwarded() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<3 {
                try client.send(expecting)
                #expect(try client.head().status == 100)
                try client.send("hello")
                let response = try client.response(to: "POST")
                #expect(response.status == 200)
                #expect(response.text == "hello")
                #expect(response.interim == [])
            }
        }
    }

    @Test func chunkedBodyIsAskedForToo() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Expect: 100-Continue", "Transfer-Encoding: chunked"]))
            #expect(try client.head().status == 100)
            try client.send("5\r\nhello\r\n0\r\n\r\n")
            #expect(try client.response(to: "POST").text == "hello")
        }
    }

    @Test func clientThatDoesNotWaitIsServedAsWell() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<3 {
                // Whether 100 is still sent is free (RFC 9110, section 10.1.1); the answer is not.
                let response = try client.exchange(expecting + "hello")
                #expect(response.text == "hello")
            }
        }
    }

    @Test func clientIsToldToGoOnOnlyOnceHoweverManyBackendsAreTried() throws {
        let refusing = try FakeOrigin()
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([refusing, origin]) { gateway in
            refusing.stop()
            let client = try gateway.connect()
            try client.send(expecting)
            #expect(try client.head().status == 100)
            try client.send("hello")
            let response = try client.response(to: "POST")
            #expect(response.text == "hello")
            #expect(response.interim == [])
        }
    }

    @Test func nothingIsAskedForWhenNoBackendIsThere() throws {
        let origin = try FakeOrigin()
        origin.health = .status(500)
        try withGateway([origin]) { gateway in
            _ = try gateway.log.wait(forPrefix: "HEALTH: UNHEALTHY ")
            let client = try gateway.connect()
            try client.send(expecting)
            let response = try client.response(to: "POST")
            #expect(response.status == 503)
            #expect(response.interim == [])
        }
    }

    @Test func http10ClientIsNotSentAnInterimResponse() throws {
        let origin = try FakeOrigin { .echo($0) }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send("POST / HTTP/1.0\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
            let response = try client.response(to: "POST")
            #expect(response.status == 200)
            #expect(response.interim == [])
        }
    }

    @Test func requestWithoutABodyNeedsNoPermission() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let response = try gateway.connect().exchange(request(fields: ["Expect: 100-continue"]))
            #expect(response.status == 200)
        }
    }

    @Test func unknownExpectationIs417() throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            let response = try gateway.connect().exchange(request(fields: ["Expect: wonders"]))
            #expect(response.status == 417)
            #expect(origin.requests.isEmpty)
        }
    }
}
