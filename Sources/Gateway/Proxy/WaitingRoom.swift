// SPDX-License-Identifier: Apache-2.0

internal import Reactor
internal import Synchronization

/// One worker's requests that wait for a backend of one pool with room; see ``RequestQueue``. It belongs to the worker's
/// thread.
///
/// Whose request ends sees to it that the longest waiting one gets its place, whichever worker has that. What comes in the
/// meantime queues behind it. And because there are places of which nobody is told, such as those of a backend that is well
/// again, whoever waits looks from time to time.
final class WaitingRoom {
    /// How often whoever waits looks by itself, in nanoseconds.
    private static let interval: UInt64 = 100_000_000

    private let queue: RequestQueue
    private let door: RequestQueue.Door
    private unowned let context: ProxyContext
    private var line = WaitingLine<Exchange>()
    private var timer: TimerID = .none
    private var isTimerSet = false
    /// See ``retire()``.
    private var isRetired = false
    private var isClosed = false
    /// Is among those that ``ProxyContext/runLibcurl()`` serves.
    var isDue = false

    init(_ queue: RequestQueue, context: ProxyContext) throws(SystemError) {
        self.queue = queue
        self.context = context
        door = try RequestQueue.Door()
        try context.loop.register(door.wakeup.descriptor, .readable, handler: self)
        timer = context.loop.makeTimer(self)
        queue.open(door)
    }

    /// Others wait already, here or at another worker: whoever comes now is behind them.
    var isInUse: Bool { !queue.isEmpty }

    /// How long one may wait, in nanoseconds.
    var timeout: UInt64 { queue.timeout }

    /// Has the exchange asked by ``Exchange/takePlace()`` when there may be one.
    ///
    /// - Returns: The ticket to leave by; `nil` if too many wait.
    func join(_ exchange: Exchange) -> UInt64? {
        guard queue.enter() else { return nil }
        let ticket = line.append(exchange, since: MonotonicTime.now().nanoseconds)
        tellOldest()
        context.serveSoon(self)
        setTimer()
        return ticket
    }

    /// The exchange waits no more.
    ///
    /// - Returns: How long it has, in nanoseconds.
    func leave(_ ticket: UInt64) -> UInt64 {
        guard let since = line.remove(ticket) else { return 0 }
        queue.leave()
        tellOldest()
        if isRetired && line.count == 0 { close() }
        let now = MonotonicTime.now().nanoseconds
        return now > since ? now - since : 0
    }

    /// A request of this worker's has ended. May be called from inside libcurl.
    func placeFreed() {
        if !queue.isEmpty { context.serveSoon(self) }
    }

    /// Sends those whose turn it is on their way, as far as there are places.
    func serve() {
        isDue = false
        while let next = queue.next {
            guard next === door else { return next.wakeup.wake() }
            guard serveFirst() else { return }
        }
    }

    /// - Returns: Whether the first one waits no more.
    private func serveFirst() -> Bool { line.first?.element.takePlace() ?? false }

    private func tellOldest() {
        door.oldest.store(line.first?.since ?? .max, ordering: .relaxed)
    }

    private func setTimer() {
        guard !isTimerSet else { return }
        isTimerSet = true
        context.loop.set(timer, to: context.loop.now.advanced(byNanoseconds: WaitingRoom.interval))
    }

    /// The pool has no such room any more: who waits here looks for a backend in the pool as it is now, and the last one
    /// closes it.
    func retire() {
        isRetired = true
        if line.count == 0 { close() } else { context.serveSoon(self) }
    }

    /// The loop keeps its handlers: this must come before the worker ends.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        queue.close(door)
        context.loop.deregister(door.wakeup.descriptor)
        context.loop.release(timer)
    }
}

extension WaitingRoom: EventHandler {
    func handle(_ readiness: Readiness, on descriptor: Int32) {
        door.wakeup.reset()
        context.serveSoon(self)
    }
}

extension WaitingRoom: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        isTimerSet = false
        while serveFirst() {}
        if line.count > 0 { setTimer() }
    }
}
