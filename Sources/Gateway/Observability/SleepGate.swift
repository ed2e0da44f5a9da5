// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// How the log thread falls asleep and is woken, without a system call for those who wake it while it is awake.
///
/// No wake-up is lost: a writer stores its tail, fences, then reads `sleeping`; the sleeper stores `sleeping`, fences,
/// then reads every tail. The two fences have one order. If the writer's is first, the sleeper sees the tail and stays
/// awake; if the sleeper's is first, the writer sees `sleeping` and signals.
struct SleepGate: ~Copyable {
    private let pipe: WakePipe
    /// Whether the sleeper waits, or is about to wait, for the pipe.
    private let sleeping = Atomic<Bool>(false)

    init() throws(StartError) {
        pipe = try WakePipe()
    }

    deinit {
        pipe.close()
    }

    /// For the sleeper's other waits: readable when it should look again.
    var descriptor: Int32 { pipe.readEnd }

    /// Wakes the sleeper if it sleeps. Called after something was stored for it; costs one fence when it does not
    /// sleep.
    func wakeIfSleeping() {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard sleeping.load(ordering: .relaxed) else { return }
        // The exchange picks the one writer of several that pays for the system call.
        if sleeping.exchange(false, ordering: .relaxed) { pipe.signal() }
    }

    /// Wakes the sleeper from whatever wait it is in, or will be in next.
    func wake() {
        pipe.signal()
    }

    /// Blocks until the next wake-up, or not at all if `hasWork` finds something that was stored before.
    func sleep(unless hasWork: () -> Bool) {
        sleeping.store(true, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if !hasWork() { _ = awaitReady(readable: pipe.readEnd, writable: -1, timeout: -1) }
        sleeping.store(false, ordering: .relaxed)
        pipe.drain()
    }

    /// Forgets the wake-ups so far.
    func drain() {
        pipe.drain()
    }
}
