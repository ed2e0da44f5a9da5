// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// 1xx responses of a backend, byte for byte.
@Suite(.threads(.few)) struct InterimResponsesTests {
    /// Sends `interim` before each answer; `true` as soon as the head is there, before the body.
    private func origin(_ interim: String, beforeBody: Bool = false) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while var request = try connection.nextHead() {
                if beforeBody { try connection.send(interim) }
                try connection.readBody(of: &request)
                if !beforeBody { try connection.send(interim) }
                try connection.send(.text("final"), to: request)
            }
        }
    }

    @Test(arguments: ["102 Processing", "103 Early Hints", "104 Upload Resumption Supported", "199 ", "110"])
    func areHandedOnWithTheirFields(status: String) throws {
        let origin = try origin("HTTP/1.1 \(status)\r\nLink: </a>;rel=preload\r\nX-a:1\r\n\r\n")
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                try client.send(request())
                let space = status.contains(" ") ? "" : " "
                #expect(
                    try client.head().headText
                        == "HTTP/1.1 \(status)\(space)\r\nLink: </a>;rel=preload\r\nX-a:1\r\n\r\n"
                )
                let response = try client.response()
                #expect(response.status == 200)
                #expect(response.text == "final")
                #expect(!response.fields.contains("Link"))
            }
            #expect(origin.connections.count == 1)
        }
    }

    @Test func loseWhatIsForTheNextHop() throws {
        let origin = try origin(
            "HTTP/1.1 103 Early Hints\r\nConnection: x-own\r\nX-Own: 1\r\nKeep-Alive: 5\r\nTrailer: T\r\nLink: </a>\r\n\r\n"
        )
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request(fields: ["TE: trailers"]))
            #expect(try client.head().headText == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            #expect(try client.response().text == "final")
        }
    }

    @Test func arriveWhenTheyAreSentAndInTheirOrder() throws {
        let gate = Gate()
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard let request = try connection.nextRequest() else { return }
            try connection.send(
                "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
            )
            try gate.wait()
            try connection.send(.text("final"), to: request)
        }
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            for status in [102, 103, 102] { #expect(try client.head().status == status) }
            gate.open()
            #expect(try client.response().text == "final")
        }
    }

    @Test func doNotReachHTTP10() throws {
        let origin = try origin("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n")
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            let fields = ["Connection: keep-alive", "Expect: 100-continue"]
            for _ in 0..<2 {
                let response = try client.exchange(
                    request("POST", fields: fields + ["Content-Length: 1"], version: "1.0") + "x"
                )
                #expect(response.interim == [])
                #expect(response.text == "final")
            }
        }
    }

    // MARK: 100

    /// The backend says 100 of its own accord, as some do with every body.
    @Test func continueIsSaidOnceToAClientThatWaitsForIt() throws {
        let origin = try origin("HTTP/1.1 100 Continue\r\n\r\n", beforeBody: true)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            for _ in 0..<3 {
                try client.send(request("POST", fields: ["Expect: 100-continue", "Content-Length: 5"]))
                #expect(try client.head().headText == "HTTP/1.1 100 Continue\r\n\r\n")
                try client.send("hello")
                let response = try client.response(to: "POST")
                #expect(response.interim == [])
                #expect(response.text == "final")
            }
        }
    }

    @Test func continueIsNotSaidToAClientThatDoesNotWait() throws {
        let origin = try origin("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n")
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            #expect(try client.exchange(request("POST", body: "hello")).interim == [103])
            #expect(try client.get().interim == [103])
        }
    }

    // MARK: Too much of it

    @Test(arguments: [(100, 200), (101, 502)]) func areCounted(count: Int, status: Int) throws {
        let origin = try origin(String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: count))
        try withGateway([origin], { $0.retry = ["attempts: 1"] }) { gateway in
            let client = try gateway.connect()
            let response = try client.get()
            #expect(response.status == status)
            #expect(response.interim == Array(repeating: 102, count: 100))
        }
    }

    /// libcurl would count such a length for the response that follows, and cut that short without a word.
    @Test(arguments: ["Content-Length: 3", "Content-Length: 0", "Transfer-Encoding: chunked"])
    func thatSpeakOfABodyAreABadGateway(field: String) throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextRequest() != nil else { return }
            try connection.send("HTTP/1.1 103 Early Hints\r\n\(field)\r\n\r\nHTTP/1.1 200 OK\r\n\r\nfinal")
        }
        try withGateway([origin], { $0.retry = ["attempts: 1"] }) { gateway in
            let response = try gateway.get()
            #expect(response.status == 502)
            #expect(response.fields["Proxy-Status"]?.contains("http_protocol_error") == true)
        }
    }

    /// A backend that says every now and then that it is still at work is given the time it needs.
    @Test func giveTheBackendMoreTime() throws {
        let steps = Monitor(0)
        let origin = try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                for step in 1...4 {
                    try steps.wait(for: "step \(step)", holds: { $0 >= step })
                    try connection.send("HTTP/1.1 102 Processing\r\n\r\n")
                }
                try connection.send(.text("final"), to: request)
            }
        }
        let limit = Deadline.setting(milliseconds: 2000)
        try withGateway([origin], { $0.timeouts = ["first_byte: \(limit)"] }) { gateway in
            let client = try gateway.connect()
            try client.send(request())
            for _ in 1...4 {
                // The passing of time is what this is about: longer in all than the limit, each wait shorter.
                #expect(client.staysSilent(for: 0.7))
                steps.change { $0 += 1 }
                #expect(try client.head().status == 102)
            }
            #expect(try client.response().text == "final")
        }
    }
}
