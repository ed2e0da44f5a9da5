// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What all workers share: the configuration, which never changes, and what is atomic or locked inside.
final class SharedState: Sendable {
    let configuration: GatewayConfiguration
    let routes: RouteTable
    /// In the order of the configuration.
    let pools: [SharedPool]
    /// How many clients are served at once, over all workers.
    let maximumClients: Int
    /// How many connections each client has; `nil` where that is not limited.
    let clients: ClientTable?
    /// Who may come, and how often; `nil` where nothing is asked.
    let admission: Admission?
    /// Verifies the passwords of requests.
    let passwords: PasswordChecker
    /// Client connections that are open, over all workers.
    let connections = Atomic<Int>(0)

    /// `maximumClients` is what the configuration asks for, or fewer if there are not descriptors enough for them.
    init(
        _ configuration: GatewayConfiguration,
        maximumClients: Int? = nil,
        passwords: PasswordChecker = PasswordChecker()
    ) throws(StartError) {
        self.configuration = configuration
        self.passwords = passwords
        self.maximumClients = maximumClients ?? configuration.limits.connections
        clients = configuration.limits.connectionsPerClient.map(ClientTable.init(maximum:))
        let overall = configuration.rateLimit.map { RateLimiter($0, name: "default") }
        let route = configuration.routes.first
        admission = Admission(overall: overall, name: route?.name ?? "route", route?.overrides ?? RouteOverrides())
        var pools: [SharedPool] = []
        for pool in configuration.pools {
            guard let balancer = LoadBalancer(pool) else {
                throw StartError(
                    "pool \(pool.name): unknown strategy \(pool.strategy); known: \(StrategyRegistry.names.joined(separator: ", "))"
                )
            }
            pools.append(SharedPool(balancer))
        }
        self.pools = pools
        guard let routes = RouteTable(configuration) else {
            throw StartError("a route names a pool that does not exist")
        }
        self.routes = routes
    }
}

/// A pool as all threads see it: who may be chosen, and how they are doing.
final class SharedPool: Sendable {
    let balancer: LoadBalancer
    let health: PoolHealth

    var pool: BackendPool { balancer.pool }

    init(_ balancer: LoadBalancer) {
        self.balancer = balancer
        health = PoolHealth(pool: balancer.pool)
    }
}
