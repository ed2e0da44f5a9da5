// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What all workers share: the configuration, which never changes, and what is atomic or locked inside.
final class SharedState: Sendable {
    let configuration: GatewayConfiguration
    let routes: RouteTable
    /// In the order of the configuration.
    let routeActions: [Route]
    /// In the order of the configuration.
    let pools: [SharedPool]
    /// How many clients are served at once, over all workers.
    let maximumClients: Int
    /// How many connections each client has; `nil` where that is not limited.
    let clients: ClientTable?
    /// Who may come, and how often, in the order of the configuration's routes; `nil` where nothing is asked.
    let admissions: [Admission?]
    /// The same for requests that no route fits.
    let unrouted: Admission?
    /// How requests are copied, in the order of the configuration's routes; `nil` where none is.
    let mirrors: [SharedMirror?]
    /// Verifies the passwords of requests.
    let passwords: PasswordChecker
    /// `nil` where requests are not traced.
    let tracing: Tracing?
    /// Client connections that are open, over all workers.
    let connections = Atomic<Int>(0)

    /// `maximumClients` is what the configuration asks for, or fewer if there are not descriptors enough for them.
    init(
        _ configuration: GatewayConfiguration,
        maximumClients: Int? = nil,
        passwords: PasswordChecker = PasswordChecker(),
        tracing: Tracing? = nil
    ) throws(StartError) {
        self.tracing = tracing
        self.configuration = configuration
        self.passwords = passwords
        self.maximumClients = maximumClients ?? configuration.limits.connections
        clients = configuration.limits.connectionsPerClient.map(ClientTable.init(maximum:))
        let overall = configuration.rateLimit.map { RateLimiter($0, name: "default") }
        admissions = configuration.routes.map {
            Admission(overall: overall, name: $0.name ?? "route", $0.overrides)
        }
        unrouted = Admission(overall: overall, name: "route", RouteOverrides())
        var pools: [SharedPool] = []
        for pool in configuration.pools {
            guard let balancer = LoadBalancer(pool) else {
                throw StartError(
                    "pool \(pool.name): unknown strategy \(pool.strategy); known: \(StrategyRegistry.names.joined(separator: ", "))"
                )
            }
            pools.append(SharedPool(balancer, pool))
        }
        self.pools = pools
        routes = try RouteTable(configuration.routes)
        let indices = Dictionary(uniqueKeysWithValues: configuration.pools.enumerated().map { ($1.name, $0) })
        routeActions = try configuration.routes.map { route throws(StartError) in try Route(route, pools: indices) }
        mirrors = routeActions.map(SharedMirror.init)
    }
}

/// A pool as all threads see it: who may be chosen, and how they are doing.
final class SharedPool: Sendable {
    let balancer: LoadBalancer
    let health: PoolHealth
    /// What the strategy goes by of a request; `nil` where it goes by nothing.
    let keySource: RequestKeySource?
    /// The cookie by which clients stay with a backend; `nil` where they do not.
    let sticky: StickyCookie?

    let outlier: OutlierConfiguration?
    let retries: RetryBudget
    /// `nil` where the pool may have any number of requests.
    let gate: PoolGate?
    /// Where requests wait for a backend with room; `nil` where there always is.
    let queue: RequestQueue?
    /// What the gate's limit begins with, where it follows how fast the backends are.
    let adaptiveLimit: AdaptiveLimit?

    var pool: BackendPool { balancer.pool }

    /// Requests at its backends, of all workers.
    var requestsInFlight: Int { pool.backends.reduce(0) { $0 + $1.inFlight } }

    init(_ balancer: LoadBalancer, _ configuration: PoolConfiguration) {
        self.balancer = balancer
        outlier = configuration.outlier
        health = PoolHealth(pool: balancer.pool, outlier: configuration.outlier)
        retries = RetryBudget(configuration.retry, configuration.limits)
        adaptiveLimit = configuration.adaptiveConcurrency.map { AdaptiveLimit($0) }
        let fixed = configuration.limits.activeRequests
        gate = fixed != nil || adaptiveLimit != nil ? PoolGate(fixed: fixed, adaptive: adaptiveLimit) : nil
        keySource = RequestKeySource(balancer.keySource)
        queue = RequestQueue(configuration)
        sticky = configuration.sticky.map { StickyCookie($0, pool: configuration.name) }
    }
}
