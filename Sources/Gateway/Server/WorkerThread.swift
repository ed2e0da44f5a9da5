// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Reactor

/// A thread that runs one function.
struct WorkerThread {
    private let thread: pthread_t

    /// Starts a thread named `name` (15 characters at most), which `body` runs on.
    ///
    /// - Throws: The system is out of threads or memory.
    init(name: String, _ body: sending @escaping () -> Void) throws(SystemError) {
        let box = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { box in
                // The thread takes over the reference that was passed to it.
                unsafe Unmanaged<Body>.fromOpaque(box!).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else {
            unsafe box.release()
            throw SystemError("pthread_create", code: code)
        }
        unsafe pthread_setname_np(thread, name)
        self.thread = thread
    }

    /// Waits until the function has returned.
    func join() {
        unsafe pthread_join(thread, nil)
    }

    private final class Body {
        let run: () -> Void

        init(run: sending @escaping () -> Void) {
            self.run = run
        }
    }
}
