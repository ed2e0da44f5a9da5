// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Testing

/// The kit against itself, without a gateway: a test that stands on it must be able to fail.
@Suite struct TestKitTests {
    private func client(of origin: FakeOrigin) throws -> RawClient { try RawClient(port: origin.endpoint.port) }

    @Test func recordsTheExactBytesOfARequest() throws {
        let origin = try FakeOrigin { .echo($0) }
        let text = "POST /a//b HTTP/1.1\r\nhOsT: x\r\nContent-Length: 5\r\n\r\nhello"
        let response = try client(of: origin).exchange(text)
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(origin.requests.map(\.headText) == [String(text.dropLast(5))])
        #expect(origin.requests.first?.body.text == "hello")
    }

    @Test func countsPingsApart() throws {
        let origin = try FakeOrigin()
        origin.health = .status(500)
        #expect(try client(of: origin).get(FakeOrigin.healthPath).status == 500)
        #expect(origin.pings == 1)
        #expect(origin.requests.isEmpty)
    }

    @Test(arguments: [false, true]) func seesWhetherAGeneratedBodyIsIntact(chunked: Bool) throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(3_000_000, chunked: chunked)) }
        let body = try client(of: origin).get().body
        #expect(body.count == 3_000_000)
        #expect(body.followsPattern)
        let shifted = try FakeOrigin { _ in OriginResponse(body: .fixed(BodyPattern.bytes(1000, from: 1))) }
        #expect(try !client(of: shifted).get().body.followsPattern)
    }

    @Test func readsTrailersAndInterimResponses() throws {
        let origin = try StubbornOrigin.sending(
            "HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n"
        )
        let response = try client(of: origin).get()
        #expect(response.interim == [103])
        #expect(response.text == "abc")
        #expect(response.body.trailers["t"] == "v")
        #expect(response.isComplete)
    }

    @Test(arguments: ["Content-Length: 9\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"])
    func seesTruncation(_ rest: String) throws {
        let origin = try StubbornOrigin.sending("HTTP/1.1 200 OK\r\n" + rest)
        let response = try client(of: origin).get()
        #expect(response.end == .truncated)
        #expect(response.text == "abc")
    }

    @Test func seesAReset() throws {
        let origin = try StubbornOrigin.resetting()
        #expect(throws: KitError.reset) { try client(of: origin).get() }
    }

    @Test func tellsHowAConnectionEnded() throws {
        let origin = try FakeOrigin()
        let polite = try client(of: origin)
        _ = try polite.get()
        polite.close()
        #expect(try origin.waitForEnd(ofConnection: 0) == .closedByPeer)
        let rude = try client(of: origin)
        _ = try rude.get()
        rude.reset()
        #expect(try origin.waitForEnd(ofConnection: 1) == .resetByPeer)
    }

    @Test func reportsMalformedRequests() throws {
        let origin = try FakeOrigin()
        try client(of: origin).send("GET / HTTP/1.1\r\nHost : x\r\n\r\n")
        _ = try origin.waitForEnd(ofConnection: 0)
        #expect(origin.faults.count == 1)
    }

    @Test func stopsAndStartsAtTheSamePort() throws {
        let origin = try FakeOrigin()
        origin.stop()
        #expect(throws: KitError.self) { try client(of: origin) }
        try origin.start()
        #expect(try client(of: origin).get().status == 200)
    }

    @Test func reservedPortRefuses() throws {
        let port = try ReservedPort()
        #expect(throws: KitError.system(call: "connect", code: 111)) { try port.endpoint.connect() }
    }

    @Test func stalledPortNeverAccepts() throws {
        let origin = try FakeOrigin()
        let stalled = try origin.stall()
        #expect(throws: KitError.deadline(waitingFor: "a connection to \(origin.url)")) {
            try origin.endpoint.connect(until: .after(seconds: 0.3))
        }
        withExtendedLifetime(stalled) {}
    }

    @Test func listensAtAUnixSocket() throws {
        let folder = try TemporaryFolder()
        let origin = try FakeOrigin(socketPath: folder.file("s")) { _ in .text("unix") }
        let socket = try origin.endpoint.connect()
        try socket.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        try origin.waitForRequest()
    }

    @Test func runsAProcessAndSeesItsOutputAndExit() throws {
        let process = try ChildProcess(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"], environment: [:])
        #expect(try process.waitForExit() == .status(3))
        #expect(process.standardOutput.lines == ["out"])
        #expect(process.standardError.lines == ["err"])
        let sleeper = try ChildProcess(["/bin/sh", "-c", "echo ready; exec sleep 60"], environment: [:])
        try sleeper.standardOutput.wait(forLine: "ready")
        sleeper.send(9)
        _ = try sleeper.waitForExit()
    }
}
