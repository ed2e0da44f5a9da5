// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Has things that take a while done one after the other, so that nobody gets more of the machine by asking for many.
final class Turns: Sendable {
    private let isTaken = Atomic<Bool>(false)

    /// Whether it is the caller's turn from now on, until ``end()``.
    func begin() -> Bool { !isTaken.exchange(true, ordering: .acquiring) }

    func end() { isTaken.store(false, ordering: .releasing) }
}
