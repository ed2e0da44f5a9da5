// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Each limit at its edge, with the real binary: what just fits passes, and one more does not.
@Suite(.threads(.few)) struct LimitEdgesTests {
    /// Sends what just fits and then one more, which gets `status`, each on a connection of its own. `text` makes a
    /// request that uses so much of the limit.
    private func check(_ limits: [String], edge: Int, status: Int, _ text: (Int) -> String) throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.limits = limits }) { gateway in
            let fitting = try gateway.connect()
            #expect(try fitting.exchange(text(edge)).status == 200)
            // The connection is not the worse for it.
            #expect(try fitting.get("/again").status == 200)
            let seen = origin.requests.count
            let beyond = try gateway.connect()
            try beyond.send(text(edge + 1))
            let response = try beyond.response()
            #expect(response.status == status)
            #expect(response.fields.lists("close", in: "Connection"))
            #expect(response.fields.contains("Proxy-Status"))
            try beyond.waitForClose()
            #expect(!origin.requests[seen...].contains { $0.isComplete })
            #expect(try gateway.get().status == 200)
        }
    }

    /// Each option is looked for among all fields: many of them would be much work for few bytes.
    @Test(arguments: ["Connection", "Upgrade"]) func listsOfTheConnectionAreShort(name: String) throws {
        let origin = try FakeOrigin()
        try withGateway([origin]) { gateway in
            for (length, status) in [(1024, 200), (1025, 431)] {
                let value = String(repeating: "a,", count: 600).prefix(length)
                let answer = try gateway.connect().exchange(request("GET", fields: ["\(name): \(value)"]))
                #expect(answer.status == status)
            }
        }
    }

    @Test func requestLine() throws {
        try check(["request_line_bytes: 1000"], edge: 1000, status: 414) { count in
            request("GET", "/" + String(repeating: "a", count: count - 14))
        }
    }

    @Test func requestLineByDefault() throws {
        try check([], edge: 16384, status: 414) { request("GET", "/" + String(repeating: "a", count: $0 - 14)) }
    }

    @Test func headerBytes() throws {
        let empty = request(fields: ["X: "]).utf8.count
        try check(["header_bytes: 2000"], edge: 2000, status: 431) { count in
            request(fields: ["X: " + String(repeating: "v", count: count - empty)])
        }
    }

    @Test func headerCount() throws {
        // Host is one of them.
        try check(["header_count: 10"], edge: 10, status: 431) { count in
            request(fields: (1..<count).map { "X-\($0): v" })
        }
    }

    @Test func bodyWithALength() throws {
        try check(["body_bytes: 1000"], edge: 1000, status: 413) { count in
            request("POST", body: String(repeating: "x", count: count))
        }
    }

    @Test func bodyInChunks() throws {
        try check(["body_bytes: 1000"], edge: 1000, status: 413) { count in
            let chunks = (0..<count).map { _ in "1\r\nx\r\n" }.joined()
            return request("POST", fields: ["Transfer-Encoding: chunked"]) + chunks + "0\r\n\r\n"
        }
    }

    /// It is refused before it is sent: a client that asks first need not send it at all.
    @Test func bodyThatIsAnnouncedTooLongIsNotWaitedFor() throws {
        let origin = try FakeOrigin()
        try withGateway([origin], { $0.limits = ["body_bytes: 1000"] }) { gateway in
            let client = try gateway.connect()
            let response = try client.exchange(
                request("POST", fields: ["Content-Length: 1001", "Expect: 100-continue"])
            )
            #expect(response.status == 413)
            #expect(response.interim.isEmpty)
            #expect(origin.requests.isEmpty)
        }
    }

    @Test func trailerBytes() throws {
        try check(["trailer_bytes: 300"], edge: 300, status: 431) { count in
            // The section's bytes are those of the field and of the blank line.
            let trailer = "X: " + String(repeating: "v", count: count - 7)
            return request("POST", fields: ["Transfer-Encoding: chunked"]) + "1\r\nx\r\n0\r\n\(trailer)\r\n\r\n"
        }
    }

    @Test func trailerCount() throws {
        try check(["trailer_count: 3"], edge: 3, status: 431) { count in
            let trailers = (0..<count).map { "X-\($0): v\r\n" }.joined()
            return request("POST", fields: ["Transfer-Encoding: chunked"]) + "1\r\nx\r\n0\r\n\(trailers)\r\n"
        }
    }

    @Test func headerTime() throws {
        let origin = try FakeOrigin()
        let limit = Deadline.setting(milliseconds: 1500)
        try withGateway([origin], { $0.limits = ["header_timeout: \(limit)"] }) { gateway in
            let slow = try gateway.connect()
            try slow.send("GET / HTTP/1.1\r\n")
            #expect(slow.staysSilent(for: 0.3))
            #expect(try slow.exchange("Host: x\r\n\r\n").status == 200)
            // The time runs from the connection on.
            let watch = Stopwatch()
            let tooSlow = try gateway.connect()
            try tooSlow.send("GET / HTTP/1.1\r\nHost: x\r\n\r")
            #expect(try tooSlow.response().status == 408)
            #expect(watch.seconds > 1.4 * Deadline.scale)
            try tooSlow.waitForClose()
        }
    }

    /// A client that says nothing at all gets no answer: it has asked nothing.
    @Test func connectionWithoutARequestIsClosedQuietly() throws {
        try withGateway([try FakeOrigin()], { $0.limits = ["header_timeout: 200ms"] }) { gateway in
            let client = try gateway.connect()
            #expect(try client.waitForClose().isEmpty)
        }
    }

    @Test func bodyTime() throws {
        let origin = try FakeOrigin { .echo($0) }
        let limit = Deadline.setting(milliseconds: 1500)
        try withGateway([origin], { $0.limits = ["body_timeout: \(limit)"] }) { gateway in
            let slow = try gateway.connect()
            // Each wait is within the limit, all of them together are not.
            try slow.send(request("POST", fields: ["Content-Length: 5"]))
            for byte in ["a", "b", "c", "d"] {
                try slow.send(byte)
                #expect(slow.staysSilent(for: 0.5))
            }
            try slow.send("e")
            #expect(try slow.response(to: "POST").text == "abcde")
            let tooSlow = try gateway.connect()
            try tooSlow.send(request("POST", fields: ["Content-Length: 5"]) + "abcd")
            #expect(try tooSlow.response(to: "POST").status == 408)
            try tooSlow.waitForClose()
        }
    }

    @Test func idleConnectionIsClosedQuietly() throws {
        let limit = Deadline.setting(milliseconds: 1500)
        try withGateway([try FakeOrigin()], { $0.limits = ["idle_timeout: \(limit)"] }) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().status == 200)
            #expect(client.staysSilent(for: 0.5))
            #expect(try client.get().status == 200)
            #expect(try client.waitForClose().isEmpty)
        }
    }

    @Test func requestsPerConnection() throws {
        try withGateway([try FakeOrigin()], { $0.limits = ["requests_per_connection: 2"] }) { gateway in
            let client = try gateway.connect()
            try client.send(request() + request() + request())
            #expect(try !client.response().fields.lists("close", in: "Connection"))
            #expect(try client.response().fields.lists("close", in: "Connection"))
            #expect(try client.waitForClose().isEmpty)
        }
    }

    @Test func pipelinedRequests() throws {
        let origin = try FakeOrigin { .text($0.target) }
        try withGateway([origin], { $0.limits = ["pipelined_requests: 3"] }) { gateway in
            let patient = try gateway.connect()
            for round in 0..<3 {
                try patient.send((0..<3).map { request("GET", "/\(round)/\($0)") }.joined())
                for number in 0..<3 {
                    let response = try patient.response()
                    #expect(response.text == "/\(round)/\(number)")
                    #expect(!response.fields.lists("close", in: "Connection"))
                }
            }
            let greedy = try gateway.connect()
            try greedy.send((0..<4).map { request("GET", "/\($0)") }.joined())
            let responses = try (0..<3).map { _ in try greedy.response() }
            #expect(responses.map { $0.fields.lists("close", in: "Connection") } == [false, false, true])
            #expect(try greedy.waitForClose().isEmpty)
            #expect(!origin.requests.contains { $0.target == "/3" })
        }
    }

    // MARK: What backends send

    private func headOrigin(_ head: @escaping @Sendable (Int) -> String) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            while let request = try connection.nextRequest() {
                guard let number = Int(request.target.dropFirst()) else {
                    try connection.send(.text("fine"), to: request)
                    continue
                }
                try connection.send(head(number))
            }
        }
    }

    private func checkResponse(_ limits: [String], edge: Int, _ head: @escaping @Sendable (Int) -> String) throws {
        try withGateway([try headOrigin(head)], { $0.limits = limits }) { gateway in
            #expect(try gateway.get("/\(edge)").status == 200)
            let response = try gateway.get("/\(edge + 1)")
            #expect(response.status == 502)
            #expect(response.fields["Proxy-Status"] == "curlew; error=http_response_header_section_size")
            #expect(try gateway.get("/x").status == 200)
        }
    }

    @Test func responseHeaderBytes() throws {
        let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \r\n\r\n".utf8.count
        try checkResponse(["response_header_bytes: 1000"], edge: 1000) { count in
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \(String(repeating: "v", count: count - empty))\r\n\r\n"
        }
    }

    @Test func responseHeaderBytesAtTheMost() throws {
        let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \r\n\r\n".utf8.count
        try checkResponse(["response_header_bytes: 100KiB"], edge: 102_400) { count in
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \(String(repeating: "v", count: count - empty))\r\n\r\n"
        }
    }

    @Test func responseHeaderCount() throws {
        try checkResponse(["response_header_count: 5"], edge: 5) { count in
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\((1..<count).map { "X-\($0): v\r\n" }.joined())\r\n"
        }
    }
}
