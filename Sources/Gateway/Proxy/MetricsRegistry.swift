// SPDX-License-Identifier: Apache-2.0

/// Where what is counted is found: it belongs to no configuration, and goes on through all of them.
///
/// The numbers of a pool or a backend live as long as somebody counts there, or may: the present configuration, or a request
/// that began under an earlier one. What nobody holds any more is forgotten by itself.
final class MetricsRegistry: Sendable {
    /// Requests that go to no pool: refused, unrouted, or answered by a route itself.
    let unpooled = PoolMetrics(name: "")
    /// By ``WorkerLayout``.
    let workers = SharedCounters(count: WorkerLayout.words)
    /// Failures of late; `nil` where nobody can ask.
    let failures: RecentFailures?
    /// Configurations of late.
    let configurations = RecentConfigurations()

    private struct State {
        var pools: [String: WeakReference<PoolMetrics>] = [:]
        var present: [SharedPool] = []
        var earlier: [WeakReference<SharedPool>] = []
        var limits: [RateLimiter] = []
        var workers = 0
        var number = 0
        var maximumClients = 0
    }
    private let state = Locked(State())

    /// `isWatched`: somebody may ask for what has failed.
    init(isWatched: Bool = false) {
        failures = isWatched ? RecentFailures() : nil
    }

    /// What is counted of the pool with this name.
    func pool(_ name: String) -> PoolMetrics {
        state.withLock { state in
            if let metrics = state.pools[name]?.object { return metrics }
            state.pools = state.pools.filter { $0.value.object != nil }
            let metrics = PoolMetrics(name: name)
            state.pools[name] = WeakReference(metrics)
            return metrics
        }
    }

    /// A number for one more worker, by which its counters are known.
    func nextWorker() -> Int {
        state.withLock { state in
            state.workers += 1
            return state.workers - 1
        }
    }

    /// The gateway goes by this from now on.
    func show(_ snapshot: Snapshot) {
        let (pools, limits) = (snapshot.pools, snapshot.limits)
        state.withLock { state in
            state.number = snapshot.number
            state.maximumClients = snapshot.maximumClients
            let gone = state.present.filter { old in !pools.contains { $0 === old } }
            state.earlier = state.earlier.filter { $0.object != nil } + gone.map { WeakReference($0) }
            state.present = pools
            state.limits = limits
        }
    }

    /// ``Snapshot/number`` and ``Snapshot/maximumClients`` of the present configuration; 0 ahead of the first.
    var present: (number: Int, maximumClients: Int) {
        state.withLock { ($0.number, $0.maximumClients) }
    }

    /// The rate limits of the present configuration.
    var limits: [RateLimiter] { state.withLock { $0.limits } }

    /// Somebody may ask for what is counted.
    var isWatched: Bool { failures != nil }

    /// The pools of the present configuration, and those of earlier ones that are still in use.
    var pools: (present: [SharedPool], earlier: [SharedPool]) {
        state.withLock { state in (state.present, state.earlier.compactMap(\.object)) }
    }
}

/// Does not keep the object.
private final class WeakReference<Object: AnyObject> {
    weak var object: Object?

    init(_ object: Object) {
        self.object = object
    }
}
