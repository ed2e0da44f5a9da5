// SPDX-License-Identifier: Apache-2.0

internal import Reactor
internal import Synchronization

/// What the control loop says to a worker.
final class WorkerControl: Sendable {
    let wakeup: Wakeup
    private let drainRequested = Atomic<Bool>(false)
    private let stopRequested = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)
    private let failed = Atomic<Bool>(false)

    init() throws(SystemError) {
        wakeup = try Wakeup()
    }

    var isDrainRequested: Bool { drainRequested.load(ordering: .acquiring) }
    var isStopRequested: Bool { stopRequested.load(ordering: .acquiring) }

    /// The worker has served its last client.
    var hasEnded: Bool { ended.load(ordering: .acquiring) }

    /// The worker could not start, so nobody takes the clients of its listeners.
    var hasFailed: Bool { failed.load(ordering: .acquiring) }

    /// Said by the worker's thread.
    func fail() { failed.store(true, ordering: .releasing) }

    /// Said by the worker.
    func end() { ended.store(true, ordering: .releasing) }

    /// No new requests; finish those that are there.
    func requestDrain() {
        drainRequested.store(true, ordering: .releasing)
        wakeup.wake()
    }

    /// No more waiting either.
    func requestStop() {
        stopRequested.store(true, ordering: .releasing)
        requestDrain()
    }
}
