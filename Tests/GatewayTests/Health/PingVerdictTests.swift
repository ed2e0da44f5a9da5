// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway
import Testing

/// What kinds of answer make a backend healthy.
@Suite struct PingVerdictTests {
    private let once = HealthCheckConfiguration(interval: .seconds(600), timeout: .seconds(10))

    /// What is reported of a backend after one ping.
    private func verdict(_ origin: FakeOrigin, _ check: HealthCheckConfiguration? = nil) throws -> String {
        let pinged = try PingedPool([origin], check ?? once)
        let reports = try pinged.waitForReports(1)
        try pinged.stop()
        return reports[0]
    }

    @Test(arguments: [
        (200, true), (204, true), (302, true), (399, true), (400, false), (404, false), (503, false),
    ])
    func theUsualRangeOfStatuses(status: Int, good: Bool) throws {
        let origin = try FakeOrigin { _ in OriginResponse(status) }
        #expect(try verdict(origin) == "\(good ? "HEALTHY" : "UNHEALTHY") 0 - status: \(status)")
    }

    @Test func theRangeIsConfigurable() throws {
        var check = once
        check.expectStatus = 404...404
        #expect(try verdict(try FakeOrigin { _ in OriginResponse(404) }, check) == "HEALTHY 0 - status: 404")
        #expect(try verdict(try FakeOrigin { _ in OriginResponse(200) }, check) == "UNHEALTHY 0 - status: 200")
    }

    @Test func anInterimResponseIsSkipped() throws {
        let origin = try StubbornOrigin.sending(
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        )
        #expect(try verdict(origin) == "HEALTHY 0 - status: 200")
    }

    @Test func aHugeBodyIsNotDownloaded() throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(1 << 40)) }
        #expect(try verdict(origin) == "HEALTHY 0 - status: 200")
        #expect(try origin.waitForEnd(ofConnection: 0) != .closedByOrigin)
    }

    @Test func aBodyWithoutAnEndIsEnoughOnceItFlows() throws {
        let origin = try FakeOrigin { _ in OriginResponse(body: .pattern(1 << 40, chunked: true)) }
        #expect(try verdict(origin) == "HEALTHY 0 - status: 200")
    }

    @Test func aChunkedBodyWithTrailersIsWhole() throws {
        let body = OriginResponse.Body.chunked([Array("po".utf8), Array("ng".utf8)], trailers: [("HTTP-Check", "1")])
        #expect(try verdict(try FakeOrigin { _ in OriginResponse(body: body) }) == "HEALTHY 0 - status: 200")
    }

    @Test(arguments: [
        ("", "connection closed without a response"),
        ("HTTP/1.1 200 OK\r\nServer: x\r\n", "connection closed within the response head"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123", "connection closed within the response body"),
    ])
    func anAnswerThatIsCutShortIsNone(bytes: String, detail: String) throws {
        #expect(try verdict(try StubbornOrigin.sending(bytes)) == "UNHEALTHY 0 - \(detail)")
    }

    @Test func garbageIsNoAnswer() throws {
        #expect(try verdict(try StubbornOrigin.sending("SSH-2.0-OpenSSH\r\n")).hasPrefix("UNHEALTHY 0 - "))
    }

    @Test func aBodyThatStallsTimesOut() throws {
        var check = once
        check.timeout = .milliseconds(250)
        let origin = try StubbornOrigin.sendingThenSilent("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123")
        #expect(try verdict(origin, check) == "UNHEALTHY 0 - timed out after 250ms")
    }

    @Test func aPortThatTakesNoConnectionsTimesOut() throws {
        var check = once
        check.timeout = .milliseconds(250)
        let origin = try FakeOrigin()
        let stalled = try origin.stall()
        #expect(try verdict(origin, check) == "UNHEALTHY 0 - timed out after 250ms")
        withExtendedLifetime(stalled) {}
    }

    @Test func anHTTPSBackendThatSpeaksNoTLSIsUnhealthy() throws {
        let origin = try FakeOrigin { (connection: OriginConnection) in
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            try connection.waitForPeerToClose()
        }
        let pinged = try PingedPool([.at("127.0.0.1", origin.endpoint.port, .https)], once)
        #expect(try pinged.waitForReports(1)[0].hasPrefix("UNHEALTHY 0 - "))
        try pinged.stop()
    }
}
