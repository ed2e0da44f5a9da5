// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@Suite struct HealthStateTests {
    @Test func theFirstGoodPingIsATransition() {
        var state = HealthState(rise: 3, fall: 3)
        #expect(state.status == .unknown)
        #expect(state.pingSucceeded(startedAt: 1) == .becameHealthy)
        #expect(state.pingSucceeded(startedAt: 2) == nil)
    }

    @Test func theFirstFailedPingIsATransition() {
        var state = HealthState(rise: 3, fall: 3)
        #expect(state.pingFailed(startedAt: 1) == .becameUnhealthy)
        #expect(state.pingFailed(startedAt: 2) == nil)
    }

    @Test func fallFailuresInARowTakeItOut() {
        var state = HealthState(rise: 1, fall: 3)
        #expect(state.pingSucceeded(startedAt: 1) == .becameHealthy)
        #expect(state.pingFailed(startedAt: 2) == nil)
        #expect(state.pingFailed(startedAt: 3) == nil)
        #expect(state.pingSucceeded(startedAt: 4) == nil, "which breaks the row")
        #expect(state.pingFailed(startedAt: 5) == nil)
        #expect(state.pingFailed(startedAt: 6) == nil)
        #expect(state.status == .healthy)
        #expect(state.pingFailed(startedAt: 7) == .becameUnhealthy)
    }

    @Test func riseGoodPingsInARowBringItBack() {
        var state = HealthState(rise: 2, fall: 1)
        #expect(state.pingFailed(startedAt: 1) == .becameUnhealthy)
        #expect(state.pingSucceeded(startedAt: 2) == nil)
        #expect(state.pingFailed(startedAt: 3) == nil, "which breaks the row")
        #expect(state.pingSucceeded(startedAt: 4) == nil)
        #expect(state.pingSucceeded(startedAt: 5) == .becameHealthy)
    }

    @Test func aFailedRequestTakesItOutWhateverFallSays() {
        var state = HealthState(rise: 1, fall: 5)
        #expect(state.pingSucceeded(startedAt: 1) == .becameHealthy)
        #expect(state.failedWhileProxying(at: 2) == .becameUnhealthy)
        #expect(state.failedWhileProxying(at: 3) == nil)
    }

    @Test func aFailedRequestDecidesBeforeAnyPing() {
        var state = HealthState()
        #expect(state.failedWhileProxying(at: 1) == .becameUnhealthy)
    }

    @Test func aPingThatStartedBeforeTheFailureCannotBringItBack() {
        var state = HealthState()
        #expect(state.pingSucceeded(startedAt: 10) == .becameHealthy)
        // A ping leaves at 20, a request fails at 25, and only then the ping's answer arrives.
        #expect(state.failedWhileProxying(at: 25) == .becameUnhealthy)
        #expect(state.pingSucceeded(startedAt: 20) == nil)
        #expect(state.pingSucceeded(startedAt: 25) == nil)
        #expect(state.status == .unhealthy)
        #expect(state.pingSucceeded(startedAt: 26) == .becameHealthy)
    }

    @Test func anOldPingDoesNotCountTowardsRise() {
        var state = HealthState(rise: 2, fall: 1)
        #expect(state.failedWhileProxying(at: 25) == .becameUnhealthy)
        #expect(state.pingSucceeded(startedAt: 20) == nil)
        #expect(state.pingSucceeded(startedAt: 30) == nil)
        #expect(state.pingSucceeded(startedAt: 35) == .becameHealthy)
    }

    @Test func aFailureWhileItIsOutBreaksTheRow() {
        var state = HealthState(rise: 2, fall: 1)
        #expect(state.pingFailed(startedAt: 1) == .becameUnhealthy)
        #expect(state.pingSucceeded(startedAt: 2) == nil)
        #expect(state.failedWhileProxying(at: 3) == nil)
        #expect(state.pingSucceeded(startedAt: 4) == nil)
        #expect(state.pingSucceeded(startedAt: 5) == .becameHealthy)
    }

    @Test func failuresReportedOutOfOrderCountByTheLatest() {
        var state = HealthState()
        #expect(state.failedWhileProxying(at: 30) == .becameUnhealthy)
        #expect(state.failedWhileProxying(at: 10) == nil)
        #expect(state.pingSucceeded(startedAt: 20) == nil)
        #expect(state.pingSucceeded(startedAt: 31) == .becameHealthy)
    }

    @Test func afterARecoveryFallIsCountedFromTheBeginning() {
        var state = HealthState(rise: 1, fall: 2)
        #expect(state.pingSucceeded(startedAt: 1) == .becameHealthy)
        #expect(state.pingFailed(startedAt: 2) == nil)
        #expect(state.failedWhileProxying(at: 3) == .becameUnhealthy)
        #expect(state.pingSucceeded(startedAt: 4) == .becameHealthy)
        #expect(state.pingFailed(startedAt: 5) == nil)
        #expect(state.pingFailed(startedAt: 6) == .becameUnhealthy)
    }
}
