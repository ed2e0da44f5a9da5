// SPDX-License-Identifier: Apache-2.0

package import CurlMulti
package import Reactor

/// Pings the backends of one pool, all at once, at a fixed interval.
///
/// Each ping has its own time limit, so a slow backend delays no other. One that is still on its way when the next round
/// begins is left alone. It belongs to the thread of its loop, the control loop, and has a multi handle of its own:
/// pings share no connection with requests.
package final class HealthChecker {
    /// Told of each transition that a ping brought, and of what the ping found. Called on the loop's thread.
    package typealias Report = (_ backend: Backend, _ healthy: Bool, _ result: PingResult) -> Void

    let loop: EventLoop
    private let health: PoolHealth
    private let report: Report

    /// Both timers are made when pings begin, and released when they end.
    var timers: (round: TimerID, libcurl: TimerID)?
    /// `nil` while there are no pings.
    private(set) var multi: MultiHandle?
    private var pings: [Ping] = []
    private var nextRound = MonotonicTime(nanoseconds: 0)
    /// The sockets that libcurl has open wishes for, and those wishes.
    var wishes: [Int32: Interest] = [:]

    /// - Parameters:
    ///   - health: where results go, and whose pool is pinged as its configuration says.
    ///   - loop: what the pings run on.
    ///   - report: told of each transition.
    package init(_ health: PoolHealth, on loop: EventLoop, report: @escaping Report) {
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
        for backend in health.pool.backends {
            pings.append(
                try Ping(backend, health.pool.healthCheck, on: multi) { [unowned self] in finished($0, $1) }
            )
        }
        self.multi = multi
        self.pings = pings
        timers = (round: loop.makeTimer(self), libcurl: loop.makeTimer(self))
        nextRound = loop.refreshNow()
        beginRound()
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
            loop.release(timers.round)
            loop.release(timers.libcurl)
        }
        timers = nil
    }

    /// Pings every backend that has no ping on its way, and sets the time of the next round.
    func beginRound() {
        guard let timers else { return }
        let now = loop.refreshNow()
        for ping in pings where !ping.isRunning { ping.start(at: now.nanoseconds) }
        // From when this round was due, so that rounds do not drift; from now after a long stop, so that none are made
        // up for.
        let interval = max(1, health.pool.healthCheck.interval.wholeNanoseconds)
        nextRound = nextRound.advanced(byNanoseconds: interval)
        if nextRound <= now { nextRound = now.advanced(byNanoseconds: interval) }
        loop.set(timers.round, to: nextRound)
    }

    private func finished(_ ping: Ping, _ result: PingResult) {
        if result.isInconclusive { return }
        let transition =
            result.isGood
            ? health.pingSucceeded(ping.backend, startedAt: ping.startedAt)
            : health.pingFailed(ping.backend, startedAt: ping.startedAt)
        guard let transition else { return }
        report(ping.backend, transition == .becameHealthy, result)
    }
}
