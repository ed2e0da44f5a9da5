// SPDX-License-Identifier: Apache-2.0

package import CurlMulti
package import Reactor

// The pings' sockets and timers on the loop. Every ping closes its connection, so there are no idle sockets to watch.

extension HealthChecker: MultiHandleDelegate {
    package func multiHandle(
        _ multi: MultiHandle,
        wants wish: SocketWish,
        of socket: Int32,
        for transfer: Transfer?
    ) {
        let interest: Interest =
            switch wish {
            case .readable: .readable
            case .writable: .writable
            case .both: [.readable, .writable]
            case .nothing: []
            }
        if interest.isEmpty {
            forget(socket)
        } else if wishes.updateValue(interest, forKey: socket) != nil {
            loop.setInterest(interest, of: socket)
        } else {
            watch(socket, interest)
        }
    }

    package func multiHandle(_ multi: MultiHandle, wantsTimeout milliseconds: Int?) {
        guard let timers else { return }
        guard let milliseconds else {
            loop.clear(timers.libcurl)
            return
        }
        // Counted from this moment, as libcurl does, and not from the beginning of the turn: it would wake too early.
        let wait = UInt64(milliseconds) * 1_000_000
        loop.set(timers.libcurl, to: loop.refreshNow().advanced(byNanoseconds: wait))
    }

    package func multiHandle(_ multi: MultiHandle, opened socket: Int32) {
        // Before 8.2 libcurl closes a socket whose connect failed without telling us, and then may get the same number
        // for its next attempt: `localhost` refused on ::1 and tried on 127.0.0.1. It wants of the new socket what it
        // wanted of the old one and so says nothing, while the kernel knows nothing of the new one.
        guard let interest = wishes[socket] else { return }
        loop.forgetClosed(socket)
        watch(socket, interest)
    }

    package func multiHandle(_ multi: MultiHandle, willClose socket: Int32) {
        forget(socket)
    }

    private func watch(_ socket: Int32, _ interest: Interest) {
        // Should the kernel refuse, the ping ends at its time limit, and says so.
        try? loop.register(socket, interest, handler: self)
    }

    private func forget(_ socket: Int32) {
        if wishes.removeValue(forKey: socket) != nil { loop.deregister(socket) }
    }
}

extension HealthChecker: EventHandler {
    package func handle(_ readiness: Readiness, on descriptor: Int32) {
        if let wakeup, descriptor == wakeup.descriptor {
            wakeup.reset()
            return beginUrgentRound()
        }
        // A hang-up is something to read: the end.
        multi?.socketReady(
            descriptor,
            readable: readiness.isWorthReading,
            writable: readiness.isWritable,
            failed: readiness.hasFailed
        )
    }
}

extension HealthChecker: TimerHandler {
    package func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        if timer == timers?.next {
            startPings()
        } else if timer == timers?.libcurl {
            multi?.timeoutExpired()
        } else if timer == timers?.urgent {
            sendUrgentPings()
        }
    }
}
