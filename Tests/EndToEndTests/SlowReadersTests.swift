// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// A client that reads slowly is served to the end; one that does not read is not waited for.
@Suite(.threads(.few)) struct SlowReadersTests {
    private static let length = 24 << 20

    /// Far more than the kernel holds, so that the gateway has to wait for the client.
    private func largeOrigin() throws -> FakeOrigin {
        try FakeOrigin { _ in OriginResponse(body: .pattern(Self.length)) }
    }

    @Test func clientThatReadsALittleAtATimeIsServedToTheEnd() throws {
        try withGateway([try largeOrigin()], { $0.timeouts = ["idle: 1s"] }) { gateway in
            let client = try gateway.connect(receiveBuffer: 65536)
            try client.send(request("GET", "/large"))
            var response = try client.head()
            // So little that the kernel does not ask the gateway for more in all this time.
            let watch = Stopwatch()
            var count = 0
            let never = Gate()
            while watch.seconds < 3.2 {
                count += try client.readPart(8192).count
                try? never.wait(until: .after(seconds: 0.02))
            }
            client.growReceiveBuffer()
            response.body.framing = .length(Self.length - count)
            let rest = try client.readPart(Self.length - count, until: .after(seconds: 60))
            #expect(rest.count == Self.length - count)
            #expect(response.status == 200)
        }
    }

    @Test func clientThatDoesNotReadIsCutOff() throws {
        try withGateway([try largeOrigin()], { $0.timeouts = ["idle: 400ms"] }) { gateway in
            let client = try gateway.connect(receiveBuffer: 65536)
            let watch = Stopwatch()
            try client.send(request("GET", "/large"))
            try gateway.log.wait(for: "the end of the request") {
                $0.hasSuffix("the client stopped reading the response")
            }
            #expect(watch.seconds < 10)
            #expect(try client.response().end != .complete)
        }
    }

    /// Answers that are complete as far as the backend is concerned wait in the gateway for the client.
    @Test func answersThatNobodyReadsEndTheConnection() throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(12_000)) }
        try withGateway(
            [origin],
            {
                $0.limits = ["idle_timeout: 400ms"]
                $0.timeouts = ["idle: 400ms"]
            }
        ) { gateway in
            let client = try gateway.connect(receiveBuffer: 4096)
            let many = Array(String(repeating: request(), count: 500).utf8)
            let sending = BackgroundThread { [socket = client.socket] in
                do { while true { try socket.send(many) } } catch {}
            }
            try sending.join(until: .after(seconds: 60))
            #expect(try gateway.get().status == 200)
        }
    }
}
