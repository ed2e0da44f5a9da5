// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A thread that runs one function.
package struct LoopThread {
    private let thread: pthread_t

    /// How many cores this process may use; at least 1.
    package static var availableCores: Int { max(1, Int(curlew_available_cores())) }

    /// Starts a thread named `name` (15 characters at most), which `body` runs on. With `isBackground` it gives way to others
    /// that have something to do.
    ///
    /// - Throws: The system is out of threads or memory.
    package init(
        name: String,
        isBackground: Bool = false,
        _ body: sending @escaping () -> Void
    ) throws(SystemError) {
        let box = unsafe Unmanaged.passRetained(Body(name: name, isBackground: isBackground, run: body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { box in
                // The thread takes over the reference that was passed to it.
                unsafe Unmanaged<Body>.fromOpaque(box!).takeRetainedValue().start()
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else {
            unsafe box.release()
            throw SystemError("pthread_create", code: code)
        }
        self.thread = thread
    }

    /// Waits until the function has returned.
    package func join() {
        pthread_join(thread, nil)
    }

    /// Lets the thread end by itself, whenever its function returns. Nobody may wait for it then.
    package func detach() {
        pthread_detach(thread)
    }

    private final class Body {
        private let name: String
        private let isBackground: Bool
        private let run: () -> Void

        init(name: String, isBackground: Bool, run: sending @escaping () -> Void) {
            self.name = name
            self.isBackground = isBackground
            self.run = run
        }

        func start() {
            unsafe curlew_name_thread(name)
            if isBackground { curlew_give_way() }
            run()
        }
    }
}
