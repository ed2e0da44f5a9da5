// SPDX-License-Identifier: Apache-2.0

/// Is told what happened to a descriptor that it registered.
package protocol EventHandler: AnyObject {
    func handle(_ readiness: Readiness, on descriptor: Int32)
}

/// Does, once in each turn of the loop, what a turn's events have left to do.
package protocol EventLoopOwner: AnyObject {
    /// Called before the loop sleeps. What it starts is seen to before the loop sleeps.
    func finishTurn()
}

/// One thread's event loop: descriptors, timers, and nothing of what they are used for.
///
/// A turn is: the owner's ``EventLoopOwner/finishTurn()``, the changes of interest since the last turn, a sleep until
/// the first event or timer, the handlers of what is ready: those of ``Interest/deferrable`` descriptors last, and no
/// more than some of them. It belongs to the thread that runs it.
package final class EventLoop {
    /// The time at which this turn woke up. Precise enough for deadlines, and free.
    package private(set) var now = MonotonicTime.now()

    private var epoll: Epoll
    private var registrations = Registrations()
    private var timers = Timers()
    private var running = true
    private var skipsSleep = false
    private var backlog = Backlog()

    /// How many events of ``Interest/deferrable`` descriptors are handled before the kernel is asked for others again.
    ///
    /// Each may begin a request, and what a request needs is used again soonest, and so found in the processor's caches,
    /// if few are begun before those under way are finished. Of 8, 16, 32 and 64, tried with 64 and with 1,000 clients,
    /// 16 cost least.
    static let deferrableEventsPerTurn = 16

    package init() throws(SystemError) {
        epoll = try Epoll()
    }

    // MARK: Descriptors

    /// Begins to watch `descriptor`, which must be non-blocking. The loop keeps `handler` until ``deregister(_:)``.
    package func register(
        _ descriptor: Int32,
        _ interest: Interest,
        handler: any EventHandler
    ) throws(SystemError) {
        let data = registrations.add(descriptor, interest, handler: handler)
        do {
            try epoll.add(descriptor, interest, data: data)
        } catch {
            registrations.remove(descriptor)
            throw error
        }
    }

    /// Notes what the handler wants from now on. The kernel is told before the loop sleeps, and only if the wish at that
    /// time differs from what it knows: a wish that goes and comes back within a turn costs no system call.
    package func setInterest(_ interest: Interest, of descriptor: Int32) {
        registrations.setInterest(interest, of: descriptor)
    }

    /// Forgets `descriptor`. Call it before the descriptor is closed. Events of it that this turn has still to deliver
    /// are dropped, also when the number is given to a new descriptor meanwhile.
    package func deregister(_ descriptor: Int32) {
        guard registrations.remove(descriptor) else { return }
        epoll.remove(descriptor)
    }

    /// Forgets a descriptor that its owner has closed already, as libcurl may do, or closes next: the kernel then does the
    /// rest by itself. Events of it that this turn has still to deliver are dropped.
    package func forgetClosed(_ descriptor: Int32) {
        registrations.remove(descriptor)
    }

    // MARK: Timers

    /// Makes a timer that is not set. The loop keeps `handler` until ``release(_:)``.
    package func makeTimer(_ handler: any TimerHandler) -> TimerID { timers.make(handler) }

    /// Sets a timer, whether or not it was set before.
    package func set(_ timer: TimerID, to deadline: MonotonicTime) { timers.set(timer, to: deadline) }

    package func clear(_ timer: TimerID) { timers.clear(timer) }

    package func release(_ timer: TimerID) { timers.release(timer) }

    // MARK: Running

    /// Runs until ``stop()``.
    package func run(owner: any EventLoopOwner) {
        while true {
            owner.finishTurn()
            if !running { return }
            syncInterests()
            turn()
        }
    }

    /// Runs one turn, for a test that looks at what is between turns.
    func runOnce(owner: any EventLoopOwner) {
        owner.finishTurn()
        syncInterests()
        turn()
    }

    /// Makes ``run(owner:)`` return at the end of this turn.
    package func stop() { running = false }

    /// Makes the next sleep end at once: there is more to do than this turn had time for.
    package func skipSleep() { skipsSleep = true }

    /// Reads the clock again; for a handler that has worked for long and needs to know.
    package func refreshNow() -> MonotonicTime {
        now = .now()
        return now
    }

    private func turn() {
        let count = epoll.wait(milliseconds: sleepTime())
        now = .now()
        for index in 0..<count {
            let (data, readiness) = epoll.event(index)
            if Registrations.isDeferrable(data) {
                if registrations.postpone(readiness, of: data) { backlog.append(data) }
                continue
            }
            // An earlier handler of this turn may have deregistered this descriptor, and its number may be in use again.
            guard let (descriptor, handler) = registrations.handler(for: data) else { continue }
            handler.handle(readiness, on: descriptor)
        }
        serveBacklog()
        while let (timer, handler) = timers.popExpired(now) {
            handler.timerFired(timer, at: now)
        }
    }

    private func serveBacklog() {
        var left = EventLoop.deferrableEventsPerTurn
        while left > 0, let data = backlog.popFirst() {
            guard let (descriptor, handler) = registrations.handler(for: data) else { continue }
            handler.handle(registrations.takePostponed(of: descriptor), on: descriptor)
            left -= 1
        }
        if !backlog.isEmpty { skipsSleep = true }
    }

    private func syncInterests() {
        while let change = registrations.nextChange() {
            // The kernel refuses only a descriptor that was closed behind our back; its handler hears of that elsewhere.
            switch change {
            case .add(let descriptor, let interest, let data):
                try? epoll.add(descriptor, interest, data: data)
            case .modify(let descriptor, let interest, let data):
                try? epoll.modify(descriptor, interest, data: data)
            case .remove(let descriptor):
                epoll.remove(descriptor)
            }
        }
    }

    /// Milliseconds until the next timer, rounded up so that the loop does not wake a moment too early and spin.
    private func sleepTime() -> Int32 {
        if skipsSleep {
            skipsSleep = false
            return 0
        }
        guard let next = timers.next else { return -1 }
        let wait = min(next.nanoseconds(since: .now()), 3_600_000_000_000)
        return Int32((wait + 999_999) / 1_000_000)
    }
}
