// SPDX-License-Identifier: Apache-2.0

/// A pool as all threads see it: who may be chosen, and how they are doing.
final class SharedPool: Sendable {
    let configuration: PoolConfiguration
    let balancer: LoadBalancer
    let health: PoolHealth
    /// What the strategy goes by of a request; `nil` where it goes by nothing.
    let keySource: RequestKeySource?
    /// The cookie by which clients stay with a backend; `nil` where they do not.
    let sticky: StickyCookie?

    /// What is counted of it.
    let metrics: PoolMetrics
    /// And of each backend, by ``Backend/index``.
    let backendMetrics: [BackendMetrics]

    // What counts goes on from one configuration to the next, so that it counts whoever began before too.
    let retries: RetryBudget
    /// `nil` where the pool may have any number of requests.
    let gate: PoolGate?
    /// Where requests wait for a backend with room; `nil` where there always is.
    let queue: RequestQueue?

    var pool: BackendPool { balancer.pool }
    /// See ``LoadBalancer/pick(for:tried:)``.
    func pick(for request: RequestKey, tried: BackendSet) -> LoadBalancer.Choice {
        balancer.pick(for: request, tried: tried)
    }

    var outlier: OutlierConfiguration? { configuration.outlier }

    /// Requests at its backends, of all workers.
    var requestsInFlight: Int { pool.backends.reduce(0) { $0 + $1.inFlight } }

    init(
        _ balancer: LoadBalancer,
        _ configuration: PoolConfiguration,
        after previous: SharedPool? = nil,
        metrics: PoolMetrics? = nil
    ) {
        let metrics = metrics ?? PoolMetrics(name: configuration.name)
        self.metrics = metrics
        backendMetrics = configuration.backends.map { metrics.backend($0.url.description) }
        self.configuration = configuration
        self.balancer = balancer
        health = PoolHealth(pool: balancer.pool, outlier: configuration.outlier, after: previous?.health)
        retries = previous?.retries ?? RetryBudget(configuration.retry, configuration.limits)
        let (fixed, adaptive) = (configuration.limits.activeRequests, configuration.adaptiveLimit)
        gate = fixed != nil || adaptive != nil ? previous?.gate ?? PoolGate(fixed: fixed, adaptive: adaptive) : nil
        keySource = RequestKeySource(balancer.keySource)
        queue = RequestQueue(configuration).map { previous?.queue ?? $0 }
        sticky = configuration.sticky.map { StickyCookie($0, pool: configuration.name, after: previous?.sticky) }
    }

    /// `previous`, the pool of this name, if it is the same; else a new one.
    ///
    /// - Throws: A strategy that does not exist.
    static func of(
        _ configuration: PoolConfiguration,
        after previous: SharedPool?,
        metrics: MetricsRegistry
    ) throws(StartError) -> SharedPool {
        if let previous, previous.configuration == configuration { return previous }
        guard let balancer = LoadBalancer(configuration, after: previous?.balancer) else {
            let known = StrategyRegistry.names.joined(separator: ", ")
            throw StartError("pool \(configuration.name): unknown strategy \(configuration.strategy); known: \(known)")
        }
        return SharedPool(balancer, configuration, after: previous, metrics: metrics.pool(configuration.name))
    }

    /// See ``Snapshot/takeOver()``.
    func takeOver() {
        health.takeOver()
        retries.change(to: configuration.retry, configuration.limits)
        gate?.change(fixed: configuration.limits.activeRequests, adaptive: configuration.adaptiveLimit)
        queue?.change(to: configuration.queue)
    }
}

extension PoolConfiguration {
    /// What the gate's limit begins with, where it follows how fast the backends are.
    var adaptiveLimit: AdaptiveLimit? { adaptiveConcurrency.map { AdaptiveLimit($0) } }
}
