// SPDX-License-Identifier: Apache-2.0

/// The last requests and attempts that the gateway or a backend has failed, a fixed number for each worker, so that no worker
/// waits for another. A reader may make a worker wait for as long as it takes to copy a list.
///
/// What a client did wrong, or too often, is not among them: one client could drive out of it all that matters.
final class RecentFailures: Sendable {
    /// How many each worker remembers.
    static let limit = 64
    /// How much of a target is kept, in bytes.
    static let targetLimit = 256

    private let parts = Locked<[Part]>([])

    /// One worker's.
    final class Part: Sendable {
        private struct State {
            var failures: [FailureReport] = []
            var next = 0
        }
        private let state = Locked(State())

        func add(_ failure: FailureReport) {
            state.withLock { state in
                if state.failures.count < RecentFailures.limit {
                    state.failures.append(failure)
                } else {
                    state.failures[state.next] = failure
                    state.next = (state.next + 1) % RecentFailures.limit
                }
            }
        }

        var all: [FailureReport] { state.withLock { $0.failures } }
    }

    /// A list for one more worker.
    func makePart() -> Part {
        let part = Part()
        parts.withLock { $0.append(part) }
        return part
    }

    /// All there are, the latest first.
    var latest: [FailureReport] {
        let parts = parts.withLock { $0 }
        return parts.flatMap(\.all).sorted {
            ($0.time.seconds, $0.time.nanoseconds) > ($1.time.seconds, $1.time.nanoseconds)
        }
    }
}

/// One failure, as the log's ERROR record tells of it.
package struct FailureReport: Sendable {
    package let time: WallTime
    package let requestID: String
    package let method: String
    /// Cut if it is long.
    package let target: String
    package let pool: String?
    package let backend: String?
    package let reason: String
    package let attempts: Int
    /// The backend that was tried next.
    package let next: String?
}
