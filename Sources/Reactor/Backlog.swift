// SPDX-License-Identifier: Apache-2.0

/// Events of ``Interest/deferrable`` descriptors that wait for their turn, in the order in which they came.
///
/// It holds what the kernel handed back, not handlers: whose registration is over is found out when the turn comes.
struct Backlog {
    /// What ``Registrations/add(_:_:handler:)`` has returned.
    private var waiting: [UInt64] = []
    /// Index of the first within ``waiting``.
    private var front = 0

    var isEmpty: Bool { front == waiting.count }

    mutating func append(_ data: UInt64) {
        // Each is moved at most once for each time that as many were taken: nothing to speak of, and no growth while
        // there is always somebody waiting.
        if front > 256, front > waiting.count / 2 {
            waiting.removeFirst(front)
            front = 0
        }
        waiting.append(data)
    }

    mutating func popFirst() -> UInt64? {
        guard front < waiting.count else { return nil }
        let data = waiting[front]
        front += 1
        if front == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            front = 0
        }
        return data
    }
}
