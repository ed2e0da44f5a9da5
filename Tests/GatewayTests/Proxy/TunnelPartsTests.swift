// SPDX-License-Identifier: Apache-2.0

import CurlMulti
import Reactor
import Testing

@testable import Gateway

/// What the parts of an exchange do differently when it has become a tunnel.
@Suite struct TunnelPartsTests {
    private func at(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    /// Idle 20 s, tunnel as given; begun at 100 s, and over at 150 s unless that is lifted.
    private func deadlines(tunnel: Duration = .seconds(3600)) -> ExchangeDeadlines {
        let timeouts = TimeoutsConfiguration(idle: .seconds(20), total: .seconds(50), tunnel: tunnel)
        return ExchangeDeadlines(ExchangeDeadlines.Limits(timeouts, LimitsConfiguration()), startedAt: at(100))
    }

    // MARK: Time

    @Test func tunnelHasItsOwnLimitAndNoEnd() {
        var deadlines = deadlines()
        #expect(deadlines.isTotalOver(at: at(150)))
        deadlines.liftTotal()
        deadlines.wait(for: .tunnel, from: at(110))
        #expect(deadlines.deadline == at(3710))
        deadlines.wait(for: .tunnel, from: at(3000))
        #expect(deadlines.deadline == at(6600))
        let error = deadlines.expired(at: at(6600))
        #expect(error.kind == .tunnelTimedOut)
        #expect(error.reason == "the tunnel was silent for 3600s")
    }

    @Test func halfATunnelWaitsNoLongerThanAnyResponse() {
        var deadlines = deadlines()
        deadlines.liftTotal()
        deadlines.wait(for: .halfTunnel, from: at(200))
        #expect(deadlines.deadline == at(220))
        deadlines.wait(for: .lastWords, from: at(200))
        #expect(deadlines.deadline == at(202))
        #expect(deadlines.expired(at: at(202)).kind == .tunnelTimedOut)
        var short = self.deadlines(tunnel: .seconds(5))
        short.wait(for: .halfTunnel, from: at(110))
        #expect(short.deadline == at(115))
    }

    @Test func whomToWaitForFollowsFromTheState() {
        for state in [TunnelState.none, .asked, .refused] { #expect(state.waiting == nil) }
        #expect(TunnelState.open.waiting == .tunnel)
        #expect(TunnelState.backendFinished.waiting == .tunnel)
        #expect(TunnelState.clientFinished.waiting == .halfTunnel)
        #expect(TunnelState.clientLeft.waiting == .lastWords)
    }

    // MARK: Bytes

    @Test func everythingIsMovedAsItIsUntilTheClientFinishes() {
        let bytes = Array("GET / HTTP/1.1\r\n\r\n0\r\n\r\n\u{0}end".utf8)
        for cut in 0...bytes.count {
            let source = FakeDownstream(
                arrived: Array(bytes[..<cut]),
                arriving: [[], Array(bytes[cut...])],
                ends: true
            )
            var pipe = BodyPipe(limits: HTTPLimits(), maximum: 1)
            pipe.begin(.none, keeping: 100)
            pipe.beginTunnel()
            #expect(!pipe.isComplete && !pipe.isReplayable)
            var moved: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 7)
            var outcome = BodyPipe.Outcome.empty
            for _ in 0..<100 where outcome != .end {
                outcome = buffer.withUnsafeMutableBytes { pipe.fill($0, from: source) }
                if case .bytes(let count) = outcome { moved += buffer[..<count] }
            }
            #expect(outcome == .end && pipe.isComplete)
            #expect(moved == bytes)
            #expect(pipe.received == UInt64(bytes.count))
        }
    }

    @Test func pipeServesTheNextRequestAsBefore() {
        var pipe = BodyPipe(limits: HTTPLimits(), maximum: nil)
        pipe.beginTunnel()
        pipe.begin(.length(5), keeping: 0)
        let source = FakeDownstream(arrived: Array("he".utf8), ends: true)
        var buffer = [UInt8](repeating: 0, count: 7)
        #expect(buffer.withUnsafeMutableBytes { pipe.fill($0, from: source) } == .bytes(2))
        // Within a body the end of the stream is no end.
        #expect(buffer.withUnsafeMutableBytes { pipe.fill($0, from: source) } == .failed(ProxyError(.clientLeft)))
    }

    // MARK: Connections and failures

    @Test func clientThatFinishesSendingIsNotTakenForGone() {
        var machine = ConnectionStateMachine()
        _ = machine.bytesArrived()
        machine.headComplete()
        machine.requestBodyComplete()
        #expect(machine.peerClosed() == .cancelExchange)
        machine.tunnelBegan()
        #expect(machine.peerClosed() == .none)
        #expect(machine.broken() == .cancelExchange)
        // Whatever the exchange says, no request follows.
        #expect(machine.responseComplete(keepAlive: true, isFlushed: true) == .linger)
    }

    @Test(arguments: [CurlCode.CURLE_RECV_ERROR, .CURLE_SEND_ERROR, .CURLE_PARTIAL_FILE])
    func brokenTunnelIsNeitherRetriedNorHeldAgainstTheBackend(code: CurlCode) throws {
        var facts = AttemptFacts()
        facts.sends = 1
        facts.hasHead = true
        facts.isTunnel = true
        #expect(ProxyError(.CURLE_OK, facts) == nil)
        let error = try #require(ProxyError(code, facts))
        #expect(error.kind == .tunnelBroken)
        #expect(error.retry == .never)
        #expect(!error.speaksAgainstBackend)
    }

    // MARK: Heads

    private func text(_ write: (ByteBuffer) -> Void) -> String {
        let output = ByteBuffer(capacity: 16)
        write(output)
        return output.text
    }

    @Test func headOf101PassesWithBothFieldsAndNoOthersOfTheHop() {
        let answer = ParsedResponse(
            "HTTP/1.1 101 Go on\r\nUpgrade: x/1\r\nX-One: 1\r\nconnection: upgrade, X-Own\r\nX-Own: 2\r\nKeep-Alive: 5\r\n"
                + "upgrade: y\r\nSec-WebSocket-Accept: abc=\r\n\r\n"
        )
        let rewriter = ResponseRewriter(response: answer.head, isHTTP10: false, isHead: false, takesTrailers: false)
        #expect(
            text { rewriter.writeSwitching(to: $0) }
                == "HTTP/1.1 101 Go on\r\nX-One: 1\r\nSec-WebSocket-Accept: abc=\r\nUpgrade: x/1\r\nupgrade: y\r\n"
                + "Connection: Upgrade\r\nVia: 1.1 curlew\r\n\r\n"
        )
    }

    @Test func a426SaysWhatToUpgradeTo() {
        let answer = ParsedResponse.fields("Upgrade: x\r\nContent-Length: 0\r\nDate: d\r\n", status: "426 No")
        let rewriter = ResponseRewriter(response: answer.head, isHTTP10: false, isHead: false, takesTrailers: false)
        let head = text { rewriter.write(to: $0, keepAlive: true, date: InlineArray(repeating: 0)) }
        #expect(head.contains("\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"))
    }
}
