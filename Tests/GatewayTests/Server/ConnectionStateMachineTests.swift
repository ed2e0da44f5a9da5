// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

/// Every phase of a connection and every thing that can happen in it.
@Suite struct ConnectionStateMachineTests {
    typealias Machine = ConnectionStateMachine
    typealias Action = ConnectionStateMachine.Action
    typealias Phase = ConnectionStateMachine.Phase

    /// A connection in a state that can be reached.
    enum State: CaseIterable {
        /// Whom it is from has still to be said.
        case proxyHeader
        case idle, head
        /// The request's body is on its way, or is complete.
        case receiving, exchange
        /// What comes after the last byte is taken: the next request or the end.
        case flushing, flushingLast
        case lingering, closed

        var machine: Machine {
            var machine = Machine()
            if self == .proxyHeader { machine.expectProxyHeader() }
            if self == .idle || self == .proxyHeader { return machine }
            _ = machine.bytesArrived()
            if self == .head { return machine }
            machine.headComplete()
            if self == .receiving { return machine }
            machine.requestBodyComplete()
            switch self {
            case .flushing: _ = machine.responseComplete(keepAlive: true, isFlushed: false)
            case .flushingLast: _ = machine.responseComplete(keepAlive: false, isFlushed: false)
            case .lingering: _ = machine.responseComplete(keepAlive: false, isFlushed: true)
            case .closed: machine.closed()
            default: break
            }
            return machine
        }
    }

    /// What is done about `input` in each state, and the phase it leads to.
    private func check(
        _ expected: [State: (Action, Phase)],
        _ input: (inout Machine) -> Action,
        _ location: SourceLocation = #_sourceLocation
    ) {
        for state in State.allCases {
            var machine = state.machine
            let before = machine.phase
            let action = input(&machine)
            let (wantedAction, wantedPhase) = expected[state] ?? (.none, before)
            #expect(action == wantedAction, "in \(state)", sourceLocation: location)
            #expect(machine.phase == wantedPhase, "in \(state)", sourceLocation: location)
        }
    }

    @Test func bytesBeginARequestOnlyWhereNoneIsUnderWay() {
        check([.idle: (.beginRequest, .head)]) { $0.bytesArrived() }
    }

    /// A client that has asked and then says that it will send no more waits for its answer, but only if it said so before
    /// its request was dispatched; later it is taken for gone. While its body is awaited, the body's reader hears of it.
    @Test func theClientsEnd() {
        check([
            .proxyHeader: (.close, .closed), .idle: (.close, .closed), .head: (.close, .closed),
            .exchange: (.cancelExchange, .exchange),
            .receiving: (.none, .exchange), .lingering: (.close, .closed),
        ]) { $0.peerClosed() }
    }

    @Test func aClientThatEndsBeforeItHasItsAnswerGetsNoNextRequest() {
        var machine = State.flushing.machine
        #expect(machine.peerClosed() == .none)
        #expect(machine.flushed() == .linger)
    }

    @Test func aBrokenConnectionIsClosedAndItsExchangeCancelled() {
        check([
            .proxyHeader: (.close, .closed), .idle: (.close, .closed), .head: (.close, .closed),
            .receiving: (.cancelExchange, .exchange),
            .exchange: (.cancelExchange, .exchange),
            .flushing: (.close, .closed), .flushingLast: (.close, .closed), .lingering: (.close, .closed),
        ]) { $0.broken() }
    }

    /// A response that the client does not take in time must not look whole, so that connection is reset.
    @Test func theTimeLimitOfEachPhase() {
        check([
            .proxyHeader: (.close, .closed), .idle: (.close, .closed), .head: (.rejectSlowHead, .head),
            .receiving: (.askExchange, .exchange),
            .exchange: (.askExchange, .exchange),
            .flushing: (.reset, .closed), .flushingLast: (.reset, .closed), .lingering: (.close, .closed),
        ]) { $0.deadlinePassed() }
    }

    @Test func whatIsFlushedGoesOnOrEnds() {
        check([
            // In an exchange, as when its last bytes are.
            .receiving: (.nextRequest, .idle), .exchange: (.nextRequest, .idle),
            .flushing: (.nextRequest, .idle), .flushingLast: (.linger, .lingering),
        ]) { $0.flushed() }
    }

    @Test func anIdleConnectionIsDrainedAtOnce() {
        check([.proxyHeader: (.close, .closed), .idle: (.close, .closed)]) { $0.drain(isFlushed: true) }
        check([.proxyHeader: (.close, .closed), .idle: (.none, .flushing)]) { $0.drain(isFlushed: false) }
    }

    /// Also where the client had been promised another request.
    @Test func aDrainedConnectionEndsWhenAllIsTaken() {
        for state in [State.idle, .flushing, .flushingLast] {
            var machine = state.machine
            _ = machine.drain(isFlushed: false)
            #expect(machine.flushed() == .linger)
            #expect(machine.phase == .lingering)
        }
    }

    @Test func thereIsNoWaitingAnyMoreForAnAbortedConnection() {
        for state in State.allCases {
            var machine = state.machine
            #expect(machine.abort() == (state == .closed ? .none : .close))
            #expect(machine.phase == .closed)
        }
    }

    @Test(arguments: [true, false]) func aCutExchangeEndsTheConnection(resetting: Bool) {
        var machine = State.exchange.machine
        #expect(machine.exchangeCut(resetting: resetting) == (resetting ? .reset : .close))
        #expect(machine.phase == .closed)
    }

    /// Another request may follow only if the response allows it, all of this one was received and the client may send.
    @Test func whenAnotherRequestMayFollow() {
        for (state, keepAlive, follows) in [
            (State.exchange, true, true), (.exchange, false, false), (.receiving, true, false),
        ] {
            var machine = state.machine
            #expect(
                machine.responseComplete(keepAlive: keepAlive, isFlushed: true) == (follows ? .nextRequest : .linger)
            )
            #expect(machine.phase == (follows ? .idle : .lingering))
            machine = state.machine
            #expect(machine.responseComplete(keepAlive: keepAlive, isFlushed: false) == .none)
            #expect(machine.phase == .flushing)
            #expect(machine.flushed() == (follows ? .nextRequest : .linger))
        }
    }

    @Test func aProxyHeaderIsFollowedByRequests() {
        var machine = State.proxyHeader.machine
        machine.proxyHeaderComplete()
        #expect(machine.bytesArrived() == .beginRequest)
    }

    @Test func whoIsRefusedMayStillReadWhy() {
        for state in [State.proxyHeader, .idle] {
            var machine = state.machine
            #expect(machine.refused() == .linger)
            #expect(machine.phase == .lingering)
            #expect(machine.deadlinePassed() == .close)
        }
    }

    @Test func requestsAreCounted() {
        var machine = Machine()
        for count in 1...3 {
            _ = machine.bytesArrived()
            machine.headComplete()
            machine.requestBodyComplete()
            #expect(machine.requests == count)
            #expect(machine.responseComplete(keepAlive: true, isFlushed: true) == .nextRequest)
        }
    }
}
