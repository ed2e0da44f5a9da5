// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// A client that reads slowly is given more time; one that does not read at all is not.
extension ClientConnection {
    /// The kernel has room for more only when a good part of what it holds is gone, and it may hold megabytes. So what the
    /// socket took says too little: a client may read steadily and yet let nothing be written for a minute. What it has
    /// acknowledged says enough.
    ///
    /// - Returns: Whether the client's kernel has taken anything since this was last looked at.
    func hasTakenSome() -> Bool { socket.unacknowledgedBytes < unacknowledged }

    /// The client reads, if slowly: it is given more time.
    ///
    /// - Returns: Whether there is more time to be had.
    @discardableResult
    func tookSome() -> Bool {
        unacknowledged = socket.unacknowledgedBytes
        switch machine.phase {
        case .exchange: return exchange?.clientTookSome() ?? false
        case .flushing:
            setDeadline(after: worker.rules.idle)
            return true
        default: return false
        }
    }
}

extension ClientConnection: TimerHandler {
    func timerFired(_ timer: TimerID, at now: MonotonicTime) {
        if isCongested && hasTakenSome() && tookSome() { return }
        perform(machine.deadlinePassed())
    }
}
