// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A listening socket with a thread that accepts.
final class Listener: Sendable {
    let descriptor: Int32
    private let thread: Monitor<BackgroundThread?> = Monitor(nil)

    /// Listens at `endpoint`. Nothing is accepted before ``accept(_:)``.
    init(_ endpoint: Endpoint, backlog: Int32 = 512) throws {
        descriptor = try endpoint.makeSocket()
        ReservedPort.allowReuse(descriptor)
        if case .unix(let path) = endpoint { unlink(path) }
        let descriptor = descriptor
        guard endpoint.withAddress({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, backlog) == 0 else {
            let error = KitError.last("listen at \(endpoint.url)")
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Accepts connections on a thread of its own until ``stop()``.
    func accept(_ each: @escaping @Sendable (StreamSocket) -> Void) {
        let descriptor = descriptor
        let accepting = BackgroundThread {
            while true {
                let client = Glibc.accept(descriptor, nil, nil)
                if client >= 0 {
                    each(StreamSocket(descriptor: client))
                } else if errno != EINTR, errno != ECONNABORTED {
                    return
                }
            }
        }
        thread.change { $0 = accepting }
    }

    /// Stops listening: from now on connections are refused. On Linux `shutdown` wakes a thread blocked in `accept`.
    func stop() {
        Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
        try? thread.read { $0 }?.join()
    }
}
