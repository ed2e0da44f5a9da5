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
    private let health: PoolHealth
    private let report: Report

    /// Both timers are made when pings begin, and released when they end.
    var timers: (next: TimerID, libcurl: TimerID)?
    /// `nil` while there are no pings.
    private(set) var multi: MultiHandle?
    private var pings: [Ping] = []
    private var random: PseudoRandom
    /// What signs the pings of a backend, if they are signed; see ``Ping/sign``. To be set before they begin.
    var signing: (Backend) -> ((String, String) -> String)? = { _ in nil }
    /// The sockets that libcurl has open wishes for, and those wishes.
    var wishes: [Int32: Interest] = [:]

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
        guard multi == nil else { return }
        let multi = try MultiHandle(delegate: self, maxConnections: max(1, health.pool.backends.count))
        var pings: [Ping] = []
        let now = loop.refreshNow().nanoseconds
        for backend in health.pool.backends {
            let ping = try Ping(backend, health.pool.healthCheck, on: multi, startingAt: now) { [unowned self] in
                finished($0, $1)
            }
            ping.sign = signing(backend)
            pings.append(ping)
        }
        self.multi = multi
        self.pings = pings
        timers = (next: loop.makeTimer(self), libcurl: loop.makeTimer(self))
        startPings()
    }

    /// Ends the pings that are on their way, without a result, and sends no more. Health stays as it is.
    package func stop() {
        for ping in pings where ping.isRunning { ping.cancel() }
        pings = []
        // Closes what is open, which calls back; so before the timers go.
        multi = nil
        for socket in wishes.keys { loop.deregister(socket) }
        wishes = [:]
        if let timers {
            loop.release(timers.next)
            loop.release(timers.libcurl)
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
        for change in health.takeNews() {
            report(health.pool.backends[change.index], change.isHealthy, change.finding)
        }
    }

    private func finished(_ ping: Ping, _ result: PingResult) {
        if result.isInconclusive { return }
        let (backend, now) = (ping.backend, loop.now.nanoseconds)
        let transition =
            result.isGood
            ? health.pingSucceeded(backend, startedAt: ping.startedAt, at: now, result.finding)
            : health.pingFailed(backend, startedAt: ping.startedAt, at: now, result.finding)
        if transition != nil { reportNews() }
    }
}
