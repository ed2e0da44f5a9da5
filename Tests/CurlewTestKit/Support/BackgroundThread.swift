// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A POSIX thread that runs one closure.
///
/// The kit blocks in system calls, which must not happen on the few threads that Swift's tasks share.
package final class BackgroundThread: Sendable {
    private let finished = Monitor(false)

    /// Starts the thread at once.
    package init(_ body: @escaping @Sendable () -> Void) {
        let finished = finished
        let box = Unmanaged.passRetained(
            Body {
                body()
                finished.change { $0 = true }
            }
        )
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        precondition(code == 0, "pthread_create: \(String(cString: strerror(code)))")
        pthread_detach(thread)
    }

    /// Waits until the closure has returned.
    package func join(until deadline: Deadline = .usual) throws {
        try finished.wait(for: "a thread to finish", until: deadline, holds: { $0 })
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
