// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Gateway

/// The moments between falling asleep and sleeping, in which a wake-up could be lost.
struct SleepGateTests {
    /// A gate that threads can share.
    private final class Gate: Sendable {
        let gate: SleepGate
        init() throws { gate = try SleepGate() }
    }

    @Test func workStoredBeforeTheLastLookPreventsTheSleep() throws {
        let gate = try Gate()
        // Stored while the sleeper was awake, so nothing was signalled.
        gate.gate.wakeIfSleeping()
        let sleeper = TestThread { gate.gate.sleep { true } }
        #expect(sleeper.join())
    }

    @Test func workStoredAfterTheLastLookIsSignalled() throws {
        let gate = try Gate()
        let sleeper = TestThread {
            gate.gate.sleep {
                // The latest moment before the wait: the look has found nothing, and now something comes.
                gate.gate.wakeIfSleeping()
                return false
            }
        }
        #expect(sleeper.join())
    }

    @Test func onlyTheFirstOfSeveralSignals() throws {
        let gate = try Gate()
        let sleeper = TestThread {
            gate.gate.sleep {
                for _ in 0..<3 { gate.gate.wakeIfSleeping() }
                return false
            }
        }
        #expect(sleeper.join())
        #expect(!awaitReady(readable: gate.gate.descriptor, writable: -1, timeout: 0).readable)
    }

    @Test func nobodyPaysForASignalWhileTheSleeperIsAwake() throws {
        let gate = try Gate()
        gate.gate.wakeIfSleeping()
        #expect(!awaitReady(readable: gate.gate.descriptor, writable: -1, timeout: 0).readable)
    }

    @Test func aSleepingThreadIsWoken() throws {
        let gate = try Gate()
        let sleeper = TestThread { gate.gate.sleep { false } }
        // Whether the thread sleeps yet or not, one of the two ways wakes it.
        gate.gate.wakeIfSleeping()
        gate.gate.wake()
        #expect(sleeper.join())
    }
}
