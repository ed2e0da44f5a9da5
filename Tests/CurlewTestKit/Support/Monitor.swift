// SPDX-License-Identifier: Apache-2.0

import Glibc

/// State behind a lock, and a way to wait until it has become what a test wants.
///
/// It is a POSIX mutex and condition rather than `Synchronization.Mutex`, because ThreadSanitizer understands these
/// and because the other one cannot be waited on.
package final class Monitor<State>: @unchecked Sendable {
    // @unchecked holds: `state` is touched only between lock and unlock of `mutex`.
    private var state: State
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init(_ state: State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone with the state, then wakes everyone who waits for a change.
    @discardableResult
    package func change<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Runs `body` alone with the state.
    package func read<Result>(_ body: (State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(state)
    }

    /// Waits until `condition` returns a value, and returns it.
    ///
    /// - Throws: ``KitError/deadline(waitingFor:)`` with `what`.
    package func wait<Result>(
        for what: @autoclosure () -> String,
        until deadline: Deadline = .usual,
        _ check: (inout State) throws -> Result?
    ) throws -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var limit = deadline.timespec
        while true {
            if let result = try check(&state) { return result }
            if pthread_cond_timedwait(condition, mutex, &limit) == ETIMEDOUT {
                if let result = try check(&state) { return result }
                throw KitError.deadline(waitingFor: what())
            }
        }
    }

    /// Waits until `condition` holds.
    package func wait(
        for what: @autoclosure () -> String,
        until deadline: Deadline = .usual,
        holds condition: (State) -> Bool
    ) throws {
        _ = try wait(for: what(), until: deadline) { condition($0) ? true : nil }
    }

    /// Waits until nothing has changed the state for `seconds`, and returns it. Only time can show that nothing happens.
    package func waitUntilStable(for seconds: Double, until deadline: Deadline = .usual) throws -> State
    where State: Equatable {
        while !deadline.hasPassed {
            let before = read { $0 }
            do {
                try wait(for: "a change", until: .after(seconds: seconds), holds: { $0 != before })
            } catch KitError.deadline {
                return before
            }
        }
        throw KitError.deadline(waitingFor: "changes to end")
    }
}

/// A door that a test opens: whoever waits at it goes on then, and not by the clock.
package final class Gate: Sendable {
    private let isOpen: Monitor<Bool>

    package init(open: Bool = false) {
        isOpen = Monitor(open)
    }

    package func open() {
        isOpen.change { $0 = true }
    }

    package func close() {
        isOpen.change { $0 = false }
    }

    package func wait(until deadline: Deadline = .usual) throws {
        try isOpen.wait(for: "a gate to open", until: deadline, holds: { $0 })
    }
}
