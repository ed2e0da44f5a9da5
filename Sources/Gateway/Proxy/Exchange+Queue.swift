// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// Waiting for a backend with room, where those of the pool may not have any number of requests; see ``WaitingRoom``.
extension Exchange {
    /// Where it waits: the pool may have another room by the time when it does so no more.
    struct QueuePlace {
        let room: WaitingRoom
        let ticket: UInt64
    }

    /// Every backend has as many requests as it may have: the request waits, unless too many do.
    func waitForPlace() {
        guard let room = pool?.room, let ticket = room.join(self) else { return answer(ProxyError(.queueFull)) }
        place = QueuePlace(room: room, ticket: ticket)
        facts = AttemptFacts()
        deadlines.pause = room.timeout
        wait(for: .queue)
    }

    /// There may be a place now.
    ///
    /// - Returns: Whether the request waits no more.
    func takePlace() -> Bool {
        switch choose() {
        case .backend(let backend):
            leaveQueue()
            firstAttempt(backend)
        case .noneAvailable:
            leaveQueue()
            noneAvailable()
        case .allFull: return false
        }
        return true
    }

    /// Gives up the request's place among those that wait, if it has one.
    func leaveQueue() {
        guard let place else { return }
        self.place = nil
        summary.queuedNanoseconds = place.room.leave(place.ticket)
    }

    /// A backend has one request less.
    func requestEnded(at backend: Backend) {
        backend.requestEnded()
        pool?.room?.placeFreed()
    }
}
