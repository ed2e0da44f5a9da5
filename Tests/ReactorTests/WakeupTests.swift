// SPDX-License-Identifier: Apache-2.0

import CurlewTestKit
import Glibc
import Reactor
import Synchronization
import Testing

@Suite struct WakeupTests {
    /// What is stored before the wake-up is seen behind it, and no wake-up is lost, however they fall together.
    @Test func everyWakeupFromAnotherThreadIsHeard() throws {
        let loop = try EventLoop()
        let wakeup = try Wakeup()
        let posted = Posted()
        let rounds = 5000
        let watcher = Watcher { [unowned loop] _, _ in
            wakeup.reset()
            let seen = posted.value.load(ordering: .relaxed)
            posted.answer.change { $0 = seen }
            if seen == rounds { loop.stop() }
        }
        try loop.register(wakeup.descriptor, .readable, handler: watcher)
        let thread = BackgroundThread {
            for round in 1...rounds {
                posted.value.store(round, ordering: .relaxed)
                wakeup.wake()
                // Now and then wait for the loop, so that it goes to sleep between two wake-ups.
                if round % 7 == 0 {
                    try? posted.answer.wait(for: "round \(round)", holds: { $0 >= round })
                }
            }
        }
        let runner = Runner()
        runner.run(loop)
        #expect(!runner.isTooLate)
        try thread.join()
        #expect(posted.value.load(ordering: .relaxed) == rounds)
    }

    @Test func manyWakeupsBeforeOneResetAreOne() throws {
        let loop = try EventLoop()
        let wakeup = try Wakeup()
        for _ in 0..<100 { wakeup.wake() }
        var events = 0
        let watcher = Watcher { _, _ in
            wakeup.reset()
            events += 1
        }
        try loop.register(wakeup.descriptor, .readable, handler: watcher)
        let runner = Runner()
        runner.eachTurn = {
            loop.skipSleep()
            if runner.turns == 5 { loop.stop() }
        }
        runner.run(loop)
        #expect(events == 1)
    }

    private final class Posted: Sendable {
        let value = Atomic<Int>(0)
        let answer = Monitor(0)
    }
}

@Suite struct SignalsTests {
    /// On a thread of its own: the signals are sent to that thread, so that no other one sees them.
    @Test func signalsAreReadAsEventsInsteadOfEndingTheProcess() throws {
        let seen = Monitor<[Signals.Arrival]>([])
        let thread = BackgroundThread {
            do {
                let signals = try Signals([SIGUSR1, SIGUSR2])
                let loop = try EventLoop()
                let watcher = Watcher { [unowned loop] _, _ in
                    while let signal = signals.next() { seen.change { $0.append(signal) } }
                    if seen.read({ $0.count }) >= 2 { loop.stop() }
                }
                try loop.register(signals.descriptor, .readable, handler: watcher)
                pthread_kill(pthread_self(), SIGUSR1)
                pthread_kill(pthread_self(), SIGUSR2)
                Runner().run(loop)
                loop.deregister(signals.descriptor)
            } catch {
                Issue.record(error)
            }
        }
        try thread.join()
        #expect(seen.read { $0.map(\.number).sorted() } == [SIGUSR1, SIGUSR2])
        #expect(seen.read { $0.allSatisfy { $0.sender == getpid() } })
    }
}
