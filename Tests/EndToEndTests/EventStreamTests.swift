// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Responses that have no end, such as server-sent events: each piece must arrive while the next is not even made.
@Suite(.threads(.few)) struct EventStreamTests {
    private enum Framing: String, CaseIterable {
        case chunked, untilClose

        var head: String {
            let start = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
            return start + (self == .chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n")
        }

        func piece(_ text: String) -> String {
            self == .chunked ? "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" : text
        }
    }

    /// A backend that sends an event each time that it is told to, and the events' count at which it ends.
    private func stream(_ framing: Framing, _ next: Monitor<Int>, count: Int) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            guard try connection.nextRequest() != nil else { return }
            try connection.send(framing.head)
            for number in 1...count {
                try next.wait(for: "event \(number) to be due", until: .usual, holds: { $0 >= number })
                try connection.send(framing.piece("data: \(number)\n\n"))
            }
            if framing == .chunked { try connection.send("0\r\n\r\n") }
        }
    }

    /// Reads up to and including `text`. What frames it in between is of no interest here.
    private func read(_ client: RawClient, to text: String) throws {
        var seen = ""
        while !seen.contains(text) {
            let more = try client.receive()
            guard !more.isEmpty else { throw KitError.truncated("events, of which came \(seen)") }
            seen += more
        }
    }

    @Test(arguments: Framing.allCases, ["1.1", "1.0"]) private func eachEventArrivesBeforeTheNextIsSent(
        framing: Framing,
        version: String
    ) throws {
        let next = Monitor(0)
        let origin = try stream(framing, next, count: 20)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/events", fields: ["Accept: text/event-stream"], version: version))
            // The head does not wait for the first event either.
            let head = try client.head()
            #expect(head.status == 200)
            #expect(head.fields["Content-Type"] == "text/event-stream; charset=utf-8")
            for number in 1...20 {
                next.change { $0 = number }
                try read(client, to: "data: \(number)\n\n")
            }
        }
    }

    /// `timeouts.total` is for exchanges that are meant to end.
    @Test func totalTimeoutDoesNotEndAnEventStream() throws {
        let next = Monitor(0)
        let origin = try stream(.chunked, next, count: 8)
        // Long enough for the head to come, which is no event yet.
        let total = Deadline.setting(milliseconds: 1500)
        try withGateway([origin], { $0.timeouts = ["total: \(total)", "idle: 60s"] }) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/events"))
            #expect(try client.head().status == 200)
            next.change { $0 = 1 }
            try read(client, to: "data: 1\n\n")
            #expect(client.staysSilent(for: 2))
            next.change { $0 = 8 }
            try read(client, to: "data: 8\n\n")
        }
    }

    @Test func silentEventStreamEndsAfterTheIdleTimeout() throws {
        let next = Monitor(1)
        let origin = try stream(.chunked, next, count: 2)
        try withGateway([origin], { $0.timeouts = ["total: 1s", "idle: 2s"] }) { gateway in
            let client = try gateway.connect()
            // From before the silence begins: the client may see what comes ahead of it late.
            let watch = Stopwatch()
            try client.send(request("GET", "/events"))
            var response = try client.head()
            #expect(response.status == 200)
            try client.readBody(of: &response)
            #expect(!response.isComplete)
            #expect(watch.seconds >= 1.9)
            next.change { $0 = 2 }
        }
    }

    @Test func clientThatLeavesEndsTheBackendsStream() throws {
        let next = Monitor(1)
        let origin = try stream(.untilClose, next, count: 1_000_000)
        try withGateway([origin]) { gateway in
            let client = try gateway.connect()
            try client.send(request("GET", "/events"))
            try read(client, to: "data: 1\n\n")
            client.close()
            // The backend finds out as it sends the next event, or the one after that.
            next.change { $0 = 1_000_000 }
            try origin.waitForEnd(ofConnection: try #require(origin.requests.first).connection)
        }
    }
}
