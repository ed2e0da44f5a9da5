// SPDX-License-Identifier: Apache-2.0

internal import Reactor
internal import Synchronization

/// What a worker is to serve: a configuration, and its own listening sockets.
struct Assignment: Sendable {
    let snapshot: Snapshot
    let listeners: [WorkerListener]
}

/// What the control loop says to a worker.
final class WorkerControl: Sendable {
    let wakeup: Wakeup
    private let assignment = Locked<Assignment?>(nil)
    /// ``Snapshot/number`` of what the worker goes by.
    private let present = Atomic<Int>(0)
    private let drainRequested = Atomic<Bool>(false)
    private let stopRequested = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)
    private let failed = Atomic<Bool>(false)

    /// Woken when the worker has something to tell.
    private let news: Wakeup?

    init(telling news: Wakeup? = nil) throws(SystemError) {
        self.news = news
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
    func end() {
        ended.store(true, ordering: .releasing)
        news?.wake()
    }

    /// The worker is to go by this from now on. One that it has not looked at yet is forgotten.
    func assign(_ next: Assignment) {
        assignment.withLock { $0 = next }
        wakeup.wake()
    }

    /// What the worker is to go by, if it does not yet. Asked by the worker.
    func takeAssignment() -> Assignment? {
        assignment.withLock { assignment in
            defer { assignment = nil }
            return assignment
        }
    }

    /// Said by the worker: it goes by the snapshot with this number.
    func adopted(_ number: Int) {
        present.store(number, ordering: .releasing)
        news?.wake()
    }

    /// The number of the snapshot that the worker goes by; 0 before it has begun.
    var adoptedNumber: Int { present.load(ordering: .acquiring) }

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
