// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// Clients that look at their answer only when they have sent everything, as the simpler libraries do.
@Suite(.threads(.few)) struct EarlyAnswersSendingTests {
    private static let length = 64 << 20

    /// Answers with `status` and a body of `size` bytes and then does nothing, not even read.
    private func answering(_ status: Int, size: Int, closing: Bool) throws -> FakeOrigin {
        try FakeOrigin { (connection: OriginConnection) in
            guard let request = try connection.nextHead() else { return }
            let fields = closing ? [("Connection", "close")] : []
            try connection.send(OriginResponse(status, fields: fields, body: .pattern(size)), to: request)
            // Until the gateway has closed; what it has sent stays unread.
            try connection.waitForPeerToReset()
        }
    }

    /// The answer is small, or larger than all the buffers on its way.
    @Test(arguments: [413, 401], [(5, false), (5, true), (32 << 20, false), (32 << 20, true)])
    func getTheWholeAnswer(status: Int, how: (size: Int, closing: Bool)) throws {
        let origin = try answering(status, size: how.size, closing: how.closing)
        try withGateway([origin]) { gateway in
            for chunked in [false, true] {
                let client = try gateway.connect()
                let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.length)"
                try client.send(request("POST", fields: [framing]))
                if chunked { try client.send("\(String(Self.length, radix: 16))\r\n") }
                try client.sendPattern(Self.length)
                if chunked { try client.send("\r\n0\r\n\r\n") }
                var response = try client.head()
                try client.readBody(of: &response, to: "POST", until: .after(seconds: 60))
                #expect(response.status == status)
                #expect(response.body.count == how.size)
                #expect(response.body.followsPattern)
                #expect(response.isComplete)
            }
            let usage = try gateway.usage
            #expect(usage.isSanitized || usage.peakResident < 64 << 20)
        }
    }

    /// The backend says yes, takes nothing and keeps the connection. When nothing has moved for a while, the client gets
    /// what it is owed.
    @Test func getAnAnswerThatIsNoErrorToo() throws {
        let origin = try answering(200, size: 5, closing: false)
        try withGateway([origin], { $0.timeouts = ["idle: 500ms"] }) { gateway in
            let client = try gateway.connect()
            try client.send(request("POST", fields: ["Content-Length: \(Self.length)"]))
            try client.sendPattern(Self.length)
            let response = try client.response(to: "POST")
            #expect(response.status == 200)
            #expect(response.body.count == 5)
            #expect(response.isComplete)
        }
    }

    /// A backend that answers and closes with the body unread resets the connection. The answer must get through all the
    /// same, as long as it has arrived at all.
    @Test func getTheAnswerOfABackendThatResetsBehindIt() throws {
        let origin = try StubbornOrigin.answeringEarly(413, closing: true)
        try withGateway([origin], { $0.healthInterval = "20ms" }) { gateway in
            var answers: [Int: Int] = [:]
            for _ in 0..<40 {
                let client = try gateway.connect()
                try client.send(request("POST", fields: ["Content-Length: \(4 << 20)"]))
                try client.sendPattern(4 << 20)
                answers[try client.response(to: "POST").status, default: 0] += 1
            }
            // A reset that overtakes the answer leaves nothing to hand on, so some may fail, but not many.
            #expect(answers[413, default: 0] >= 30, "\(answers)")
        }
    }
}
