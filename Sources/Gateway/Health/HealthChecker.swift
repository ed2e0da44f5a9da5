// SPDX-License-Identifier: Apache-2.0

package import CurlMulti
package import Reactor

/// Pings the backends of one pool, each at its interval.
///
/// Each ping has its own time limit, so a slow backend delays no other. One that is still on its way when the next is due
/// is left alone. It belongs to the thread of its loop, the control loop, and has a multi handle of its own:
/// pings share no connection with requests.
package final class HealthChecker {
    /// Told of each change, and why. Called on the loop's thread.
    package typealias Report = (_ backend: Backend, _ healthy: Bool, _ finding: HealthFinding) -> Void

    let loop: EventLoop
    private(set) var health: PoolHealth
    private let report: Report

    /// The timers are made when pings begin, and released when they end.
    var timers: (next: TimerID, libcurl: TimerID, urgent: TimerID)?
    /// `nil` while there are no pings.
    private(set) var multi: MultiHandle?
    private(set) var pings: [Ping] = []
    private var random: PseudoRandom
    /// What signs the pings of a backend, if they are signed; see ``Ping/sign``. To be set before they begin.
    var signing: (Backend) -> ((String, String) -> String)? = { _ in nil }
    /// The sockets that libcurl has open wishes for, and those wishes.
    var wishes: [Int32: Interest] = [:]
    /// Is woken for a round out of turn; `nil` while there are no pings.
    var wakeup: Wakeup?
    var urgent = UrgentRound()

    /// - Parameters:
    ///   - health: where results go, and whose pool is pinged as its configuration says.
    ///   - loop: what the pings run on.
    ///   - random: what the jitter of the intervals is drawn from.
    ///   - report: told of each change.
    package init(
        _ health: PoolHealth,
        on loop: EventLoop,
        random: PseudoRandom = PseudoRandom(),
        report: @escaping Report
    ) {
        self.random = random
        self.health = health
        self.loop = loop
        self.report = report
    }

    /// Sends the first round at once; the loop then keeps this object until ``stop()``.
    ///
    /// - Throws: `CurlError` when libcurl has no memory, or lacks something that a backend's URL needs.
    package func start() throws(CurlError) {
        if multi == nil { ping(try prepare(health)) }
    }

    /// Pings that are not sent yet.
    package struct Prepared {
        fileprivate let health: PoolHealth
        fileprivate let multi: MultiHandle
        fileprivate let pings: [Ping]
    }

    /// Makes what is needed to ping the backends of `health`, and changes nothing. Those that are pinged already, and as they
    /// are to be, keep their pings.
    ///
    /// - Throws: `CurlError`, as ``start()`` does.
    package func prepare(_ health: PoolHealth) throws(CurlError) -> Prepared {
        let (pool, now) = (health.pool, loop.refreshNow().nanoseconds)
        // All are of one configuration.
        let kept = pings.first?.check == pool.healthCheck && !areFilesOther(in: pool) ? pings : []
        let known = Dictionary(uniqueKeysWithValues: kept.map { (ObjectIdentifier($0.backend.record), $0) })
        // libcurl keeps what it has read of authorities for a day, with the handle. No connection is ever kept, so their number
        // only has to be more than there are backends that close at once.
        let multi =
            if let multi, !areFilesOther(in: pool) { multi } else {
                try MultiHandle(delegate: self, maxConnections: max(64, pool.backends.count))
            }
        var prepared: [Ping] = []
        for backend in pool.backends {
            if let ping = known[ObjectIdentifier(backend.record)] {
                prepared.append(ping)
                continue
            }
            let ping = try Ping(backend, pool.healthCheck, on: multi, startingAt: now) { [unowned self] in
                finished($0, $1)
            }
            prepared.append(ping)
        }
        return Prepared(health: health, multi: multi, pings: prepared)
    }

    /// A backend of `pool` is pinged already, and with certificates that are not those of its files any more. Or other files
    /// come or go with other backends: libcurl keeps authorities by the path of their copy, which a later one may come to have.
    private func areFilesOther(in pool: BackendPool) -> Bool {
        Set(pings.map(\.backend.options.tls)) != Set(pool.backends.map(\.options.tls))
            || pings.contains { ping in
                pool.place(of: ping.backend).map { pool.backends[$0].options.tls != ping.backend.options.tls } == true
            }
    }

    /// Pings these backends from now on: those that are new at once, the others when it is their time. Their pings that are
    /// on their way go on.
    package func ping(_ prepared: Prepared) {
        for ping in pings where ping.isRunning && !prepared.pings.contains(where: { $0 === ping }) { ping.cancel() }
        for (ping, backend) in zip(prepared.pings, prepared.health.pool.backends) {
            ping.backend = backend
            ping.sign = signing(backend)
        }
        (health, pings, multi) = (prepared.health, prepared.pings, prepared.multi)
        if timers == nil {
            timers = (loop.makeTimer(self), loop.makeTimer(self), loop.makeTimer(self))
            openUrgent()
        }
        startPings()
    }

    /// Ends the pings that are on their way, without a result, and sends no more. Health stays as it is.
    package func stop() {
        closeUrgent()
        for ping in pings where ping.isRunning { ping.cancel() }
        pings = []
        // Closes what is open, which calls back; so before the timers go.
        multi = nil
        for socket in wishes.keys { loop.deregister(socket) }
        wishes = [:]
        if let timers {
            for timer in [timers.next, timers.libcurl, timers.urgent] { loop.release(timer) }
        }
        timers = nil
    }

    /// Pings every backend whose time has come, and sets when to look again.
    func startPings() {
        guard let timers else { return }
        let now = loop.refreshNow()
        var next = now.advanced(byNanoseconds: longestSleep).nanoseconds
        for ping in pings {
            let isDown = health.status(of: ping.backend) == .unhealthy
            if ping.due(isDown: isDown) <= now.nanoseconds {
                ping.startIfFree(at: now.nanoseconds, isDown: isDown, using: &random)
            }
            next = min(next, ping.due(isDown: isDown))
        }
        loop.set(timers.next, to: MonotonicTime(nanoseconds: next))
    }

    /// A backend may go down between two pings, by requests that fail there, and then is due sooner than was thought.
    private var longestSleep: UInt64 {
        let check = health.pool.healthCheck
        return max(1, min(check.interval.wholeNanoseconds, (check.downInterval ?? check.interval).wholeNanoseconds))
    }

    /// Tells of what has changed, whoever changed it.
    func reportNews() {
        for (backend, change) in health.takeNews() { report(backend, change.isHealthy, change.finding) }
    }

    private func finished(_ ping: Ping, _ result: PingResult) {
        let transition = result.isInconclusive ? nil : tell(ping, result)
        // Before requests know that the round is over, so that they find whom it has brought back.
        if transition != nil { reportNews() }
        if ping.isUrgent { urgentPingEnded(ping, hasHelped: transition == .becameHealthy) }
    }

    private func tell(_ ping: Ping, _ result: PingResult) -> HealthTransition? {
        let (backend, now) = (ping.backend, loop.now.nanoseconds)
        return
            result.isGood
            ? health.pingSucceeded(backend, startedAt: ping.startedAt, at: now, result.finding)
            : health.pingFailed(backend, startedAt: ping.startedAt, at: now, result.finding)
    }
}
