// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Gateway
import Testing

@testable import CurlewConfig

@Suite struct GatewayProbeTests {
    @Test(arguments: [
        ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("0:0::0", "::1"), ("10.1.2.3", "10.1.2.3"), ("::1", "::1"),
        ("127.0.0.1", "127.0.0.1"),
    ])
    func asksAnAddressThatCanBeConnectedTo(host: String, asked: String) {
        let probe = GatewayProbe(listen: [ListenAddress(host: host, port: 3000)])
        #expect(probe.address == ListenAddress(host: asked, port: 3000))
    }

    @Test func asksTheFirstAddressWithAKnownPort() {
        let addresses = [ListenAddress(host: "127.0.0.1", port: 0), ListenAddress(host: "::1", port: 3000)]
        #expect(GatewayProbe(listen: addresses).address == addresses[1])
        #expect(throws: ProbeFailure.self) { try GatewayProbe(listen: [addresses[0]]).ask() }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 204 No Content\r\n", "HTTP/1.0 200\r\n"])
    func takesAnySuccessForHealth(answer: String) throws {
        #expect(try GatewayProbe.judge(Array(answer.utf8), from: .default) == .serves)
    }

    @Test(arguments: [
        ("503 Full", "curlew; error=connection_limit_reached", GatewayHealth.full),
        ("429 Too Many", "curlew; error=http_request_denied", .fullForThisClient),
        ("503 Stopping", "curlew; error=proxy_internal_error", nil), ("503 Another", "haproxy", nil),
        ("500 Odd", "curlew; error=connection_limit_reached", nil), ("503 Body", nil, nil),
    ])
    func takesAGatewayThatSaysItIsFullForHealthy(line: String, reason: String?, health: GatewayHealth?) throws {
        let field = reason.map { "Proxy-Status: \($0)\r\n" } ?? ""
        // What stands in a body is no field.
        let body = "\r\nProxy-Status: curlew; error=connection_limit_reached\r\n"
        let answer = Array("HTTP/1.1 \(line)\r\nDate: now\r\n\(field)\(body)".utf8)
        if let health {
            #expect(try GatewayProbe.judge(answer, from: .default) == health)
        } else {
            #expect(throws: ProbeFailure.self) { try GatewayProbe.judge(answer, from: .default) }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 503 Service Unavailable\r\n", "answered 503"), ("HTTP/1.1 301 Moved\r\n", "answered 301"),
        ("", "without an answer"), ("SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"),
        ("HTTP/1.1 +20 x\r\n", "answered 20"),
        ("HTTP/1.1", "does not speak HTTP"), ("\u{1B}[31m\r\n", "{1B}"),
    ])
    func takesAnythingElseForIllness(answer: String, words: String) {
        let failure = #expect(throws: ProbeFailure.self) {
            try GatewayProbe.judge(Array(answer.utf8), from: .default)
        }
        #expect(failure?.description.contains(words) == true)
    }

    @Test func saysThatNothingListens() throws {
        let listener = try LoopbackListener()
        let address = listener.address
        listener.close()
        let failure = #expect(throws: ProbeFailure.self) { try GatewayProbe(listen: [address]).ask() }
        #expect(failure?.description.holds("\(address)", "Connection refused", "--listen") == true)
    }

    @Test func putsItsQuestionAndReadsTheAnswer() throws {
        let listener = try LoopbackListener()
        let question = Monitor("")
        let server = BackgroundThread {
            let asked = listener.answerOne(with: "HTTP/1.1 200 OK\r\n\r\n")
            question.change { $0 = asked }
        }
        #expect(try GatewayProbe(listen: [listener.address], timeout: .seconds(30)).ask() == .serves)
        try server.join()
        let expected = "OPTIONS * HTTP/1.1\r\nHost: curlew\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n"
        #expect(question.read { $0 } == expected)
        listener.close()
    }

    @Test func givesUpOnAGatewayThatHangs() throws {
        // The kernel accepts the connection for a listener that never does.
        let listener = try LoopbackListener()
        defer { listener.close() }
        let probe = GatewayProbe(listen: [listener.address], timeout: .milliseconds(50))
        let failure = #expect(throws: ProbeFailure.self) { try probe.ask() }
        #expect(failure?.description.holds("no answer", "timed out") == true)
    }
}
