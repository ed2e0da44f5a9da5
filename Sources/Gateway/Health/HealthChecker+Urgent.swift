// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Pings out of turn, because a request has found no backend; see ``UrgentPings``.
extension HealthChecker {
    /// One round of them.
    struct UrgentRound {
        /// Pings that have come to nothing yet.
        var left = 0
        var hasHelped = false
    }

    /// Has requests ask for rounds from now on.
    func openUrgent() {
        // Without it everything is as if nobody ever asked: a backend is back after its usual ping.
        guard let wakeup = try? Wakeup(), (try? loop.register(wakeup.descriptor, .readable, handler: self)) != nil
        else {
            return
        }
        self.wakeup = wakeup
        health.urgent.open(wakeup)
    }

    func closeUrgent() {
        guard let wakeup else { return }
        health.urgent.open(nil)
        loop.deregister(wakeup.descriptor)
        self.wakeup = nil
    }

    /// Pings those that are out and may come back: at once, or in a moment where it is too soon yet.
    func beginUrgentRound() {
        let now = loop.refreshNow().nanoseconds
        health.urgent.began(at: now)
        var down: [(ping: Ping, since: UInt64)] = []
        for ping in pings {
            // One of the round before that has still no answer is not waited for any more.
            ping.isUrgent = false
            ping.urgentTime = nil
            guard health.status(of: ping.backend) == .unhealthy else { continue }
            down.append((ping, health.lastChange(of: ping.backend)?.time ?? 0))
        }
        let last = down.max { $0.since < $1.since }?.ping
        urgent = UrgentRound()
        for (ping, since) in down {
            let earliest = ping.comeback.earliestPing(wentOut: since, isLast: ping === last)
            // What is on its way is a member too, if it can be expected to have an answer soon.
            guard ping.isRunning ? now < ping.startedAt &+ UrgentRounds.pause : earliest <= now &+ Comeback.breath
            else {
                continue
            }
            urgent.left += 1
            ping.isUrgent = true
            if !ping.isRunning { ping.urgentTime = earliest }
        }
        if urgent.left == 0 { return health.urgent.ended(at: now, hasHelped: false) }
        sendUrgentPings()
    }

    /// Sends the pings of the round whose time has come, and sets when to look again.
    func sendUrgentPings() {
        let now = loop.refreshNow().nanoseconds
        var next: UInt64?
        for ping in pings {
            guard let time = ping.urgentTime else { continue }
            if time > now {
                next = min(next ?? time, time)
            } else {
                ping.urgentTime = nil
                // A usual one is as good.
                guard !ping.isRunning else { continue }
                ping.comeback.pinged(at: now)
                ping.start(at: now)
            }
        }
        if let next, let timers { loop.set(timers.urgent, to: MonotonicTime(nanoseconds: next)) }
    }

    /// A ping of the round has come to something.
    func urgentPingEnded(_ ping: Ping, hasHelped: Bool) {
        ping.isUrgent = false
        ping.urgentTime = nil
        let now = loop.refreshNow().nanoseconds
        if hasHelped { urgent.hasHelped = true }
        urgent.left -= 1
        if urgent.left == 0 { health.urgent.ended(at: now, hasHelped: urgent.hasHelped) }
    }
}
