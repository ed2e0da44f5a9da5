// SPDX-License-Identifier: Apache-2.0

/// Chooses where the next request goes.
///
/// Health, limits and backups are in the pool and retries are in `tried`: a strategy knows none of them. One strategy
/// serves one pool and all workers, so whatever it remembers is atomic.
package protocol BalancingStrategy: Sendable {
    /// The backend for `request` among those of `pool` that are available and not in `tried`, or `nil`.
    ///
    /// Looks at each backend at most once, or twice where it first has to know how many or how much there is.
    func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend?

    /// What requests must have in common to reach the same backend; ``RequestKey/hash`` is taken of that. `nil`, the
    /// default, when the strategy does not look at it: then it is not computed. One that does remembers nothing of what it
    /// picks, so that ``LoadBalancer/foresee(for:tried:)`` may ask it about requests that are none.
    var keySource: HashConfiguration.Source? { get }

    /// Whether the strategy goes by what ``Backend/observed(firstByteNanoseconds:at:)`` is told. Default false: then it
    /// is told nothing.
    var usesLatency: Bool { get }

    /// Takes over what `previous`, the strategy of this pool before the configuration changed, remembers and what still means
    /// something. Called before the first request. The default takes nothing: then the strategy begins anew.
    func goOn(from previous: any BalancingStrategy)
}

extension BalancingStrategy {
    package var keySource: HashConfiguration.Source? { nil }
    package var usesLatency: Bool { false }
    package func goOn(from previous: any BalancingStrategy) {}
}

/// What a strategy may know of a request: enough to send like to like, and nothing that must be kept alive.
package struct RequestKey: Sendable, Equatable {
    /// Of what the strategy's ``BalancingStrategy/keySource`` names: the same for like requests, on every machine and
    /// after every restart. 0 where it names nothing.
    package var hash: UInt64
    /// Now, in nanoseconds of a clock that only goes forward.
    package var time: UInt64
    /// The index of the backend that the request is to go to if it may, such as one that a cookie names.
    package var preferred: Int?

    package init(hash: UInt64 = 0, time: UInt64 = 0, preferred: Int? = nil) {
        self.hash = hash
        self.time = time
        self.preferred = preferred
    }
}
