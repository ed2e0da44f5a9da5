// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A value that several threads share, one at a time.
///
/// `Mutex` of the standard library would do the same, but the thread sanitizer cannot see it on Linux (it is a futex
/// inside a library that is not instrumented) and reports each use as a race. The pthread mutex it knows.
///
/// The unchecked `Sendable` holds because the value is touched by ``withLock(_:)`` alone, which holds the mutex.
@safe  // The pointer is private, lives exactly as long as the object, and only pthread functions look behind it.
final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init(_ value: sending Value) {
        self.value = value
        // On the heap, since a mutex must not move.
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Waits for the other threads, then calls `body` with the value, which must not leave it.
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
