// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct ExchangeStateMachineTests {
    private let lost = ProxyError(.connectionLost)

    private func machine(begun: Bool) -> ExchangeStateMachine {
        var machine = ExchangeStateMachine()
        machine.attemptStarted()
        if begun { machine.responseBegan() }
        return machine
    }

    @Test(arguments: [true, false]) func anAttemptThatEndsWellFinishesTheExchange(begun: Bool) {
        var machine = machine(begun: begun)
        #expect(machine.attemptEnded(nil, mayRetry: false) == .finish)
        #expect(machine.isOver)
    }

    @Test func aFailureBeforeTheResponseIsRetriedOrAnswered() {
        var machine = machine(begun: false)
        #expect(machine.attemptEnded(lost, mayRetry: true) == .retry(lost))
        #expect(!machine.isOver)
        machine.attemptStarted()
        #expect(machine.attempt == 2)
        #expect(machine.attemptEnded(lost, mayRetry: false) == .answer(lost))
        #expect(machine.isOver)
    }

    @Test func whatIsSentAgainOnceIsTheSameAttempt() {
        var machine = machine(begun: false)
        #expect(machine.mayRepeat)
        machine.repeated()
        #expect(!machine.mayRepeat)
        #expect(machine.attempt == 1)
        #expect(machine.sends == 2)
        machine.attemptStarted()
        #expect(machine.mayRepeat)
        #expect(machine.sends == 3)
    }

    /// The client sees one response: what has begun is cut, whatever may be retried.
    @Test(arguments: [true, false]) func aFailureWithinTheResponseCutsIt(mayRetry: Bool) {
        for kind in [
            ProxyError.Kind.connectionLost, .responseTruncated, .idleTimedOut, .clientStoppedReading, .draining,
        ] {
            var machine = machine(begun: true)
            #expect(machine.attemptEnded(ProxyError(kind), mayRetry: mayRetry) == .cut(ProxyError(kind)))
            #expect(machine.isOver)
        }
    }

    @Test(arguments: [true, false]) func nobodyIsAnsweredWhoHasLeft(begun: Bool) {
        var machine = machine(begun: begun)
        let left = ProxyError(.clientLeft)
        #expect(machine.attemptEnded(left, mayRetry: true) == .abandon(left))
        #expect(machine.isOver)
    }

    @Test func anAnswerOfTheGatewaysOwnEndsTheExchange() {
        var machine = ExchangeStateMachine()
        machine.answered()
        #expect(machine.isOver)
        machine.reset()
        #expect(!machine.isOver)
        #expect(machine.attempt == 0)
    }
}

@Suite struct RetryPolicyTests {
    private static let always: [ProxyError.Kind] = [
        .nameNotResolved, .connectRefused, .connectTimedOut, .tlsFailed, .certificateRejected,
    ]
    private static let ifIdempotent: [ProxyError.Kind] = [
        .connectionLost, .replayRefused, .responseTimedOut, .invalidResponse,
    ]
    private static let never: [ProxyError.Kind] = [
        .malformedRequest(.badTarget), .methodNotAllowed, .headWithBody, .bodyTooLarge, .headTooSlow, .bodyTooSlow,
        .clientLeft, .clientStoppedReading, .noBackendAvailable, .gatewayFull, .draining, .internalError,
        .idleTimedOut, .totalTimedOut, .responseTruncated,
    ]

    private func allows(
        _ kind: ProxyError.Kind,
        attempt: Int = 1,
        idempotent: Bool,
        body: Bool = true,
        on: Set<RetryConfiguration.Condition> = [.connect, .reset, .timeout]
    ) -> Bool {
        RetryPolicy(RetryConfiguration(attempts: 3, on: on))
            .allows(ProxyError(kind), attempt: attempt, isIdempotent: idempotent, hasBody: body)
    }

    @Test(arguments: always) func whatWasNeverSentGoesToAnotherBackend(kind: ProxyError.Kind) {
        #expect(allows(kind, idempotent: true))
        #expect(allows(kind, idempotent: false))
    }

    /// A request that may have been acted upon is not sent again unless that does no harm.
    @Test(arguments: ifIdempotent) func whatMayHaveBeenDoneIsRepeatedOnlyIfHarmless(kind: ProxyError.Kind) {
        #expect(allows(kind, idempotent: true))
        #expect(!allows(kind, idempotent: false))
    }

    @Test(arguments: never) func someFailuresAreFinal(kind: ProxyError.Kind) {
        #expect(!allows(kind, idempotent: true))
        #expect(!allows(kind, idempotent: false))
    }

    @Test(arguments: always + ifIdempotent) func thereIsNoRetryWithoutAttemptsOrWithoutAllOfTheBody(
        kind: ProxyError.Kind
    ) {
        #expect(allows(kind, attempt: 2, idempotent: true))
        #expect(!allows(kind, attempt: 3, idempotent: true))
        #expect(!allows(kind, idempotent: true, body: false))
    }

    @Test func eachConditionIsSwitchedByItself() {
        let groups: [(RetryConfiguration.Condition, [ProxyError.Kind])] = [
            (.connect, Self.always), (.reset, [.connectionLost, .replayRefused, .invalidResponse]),
            (.timeout, [.responseTimedOut]),
        ]
        for (condition, kinds) in groups {
            let others = Set(RetryConfiguration.Condition.allCases).subtracting([condition])
            for kind in kinds {
                #expect(allows(kind, idempotent: true, on: [condition]))
                #expect(!allows(kind, idempotent: true, on: others))
            }
        }
        #expect(!allows(.connectRefused, idempotent: true, on: []))
    }

    @Test func oneAttemptMeansNoRetry() {
        let policy = RetryPolicy(RetryConfiguration(attempts: 1))
        #expect(!policy.allows(ProxyError(.connectRefused), attempt: 1, isIdempotent: true, hasBody: true))
    }
}
