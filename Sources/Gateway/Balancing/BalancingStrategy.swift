// SPDX-License-Identifier: Apache-2.0

/// Chooses where the next request goes.
///
/// Health is in the pool and retries are in `tried`: a strategy knows neither. One strategy serves one pool and all
/// workers, so whatever it remembers is atomic.
package protocol BalancingStrategy: Sendable {
    /// The backend for `request` among those of `pool` that are available and not in `tried`, or `nil`.
    ///
    /// Looks at each backend at most once.
    func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend?
}

/// What a strategy may know of a request: enough to send like to like, and nothing that must be kept alive.
package struct RequestKey: Sendable, Equatable {
    /// A hash of the client's address, the same for every request of that client.
    package var clientHash: UInt64

    package init(clientHash: UInt64 = 0) {
        self.clientHash = clientHash
    }
}
