// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One server of a pool, as all threads see it.
///
/// Who it is never changes; how it is doing is atomic. Whether it is available is not here but in its pool, so that a
/// strategy reads the availability of all backends at once.
package final class Backend: Sendable {
    /// Its place in the pool and in ``BackendSet``, counted from 0 in the order of the file.
    package let index: Int
    /// Where it listens.
    package let url: BackendURL
    /// The bytes of `url.description`, which are its name in the log.
    package let name: [UInt8]

    /// Shared by all workers; each only ever adds and takes away its own requests.
    private let requestsInFlight = Atomic<Int>(0)

    package init(index: Int, url: BackendURL) {
        self.index = index
        self.url = url
        self.name = Array(url.description.utf8)
    }

    /// Requests sent to it, by any worker, whose response has not ended.
    package var inFlight: Int {
        requestsInFlight.load(ordering: .relaxed)
    }

    /// Counts a request in. Every call is followed by one of ``requestEnded()``, whatever becomes of the request.
    package func requestBegan() {
        requestsInFlight.wrappingAdd(1, ordering: .relaxed)
    }

    /// Counts a request out.
    package func requestEnded() {
        let (before, _) = requestsInFlight.wrappingSubtract(1, ordering: .relaxed)
        assert(before > 0, "a request ended at \(url) that never began")
    }
}

extension Backend: CustomStringConvertible {
    package var description: String { url.description }
}
