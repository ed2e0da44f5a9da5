// SPDX-License-Identifier: Apache-2.0

/// One configuration as all workers share it: what never changes, and what is atomic or locked inside. A changed
/// configuration makes another snapshot, which takes over from the one before what goes on counting or is remembered.
final class Snapshot: Sendable {
    let shared: SharedState
    /// 1 for the first; each that follows has one more.
    let number: Int
    let configuration: GatewayConfiguration
    let routes: RouteTable
    /// In the order of the configuration.
    let routeActions: [Route]
    /// In the order of the configuration.
    let pools: [SharedPool]
    /// How many clients are served at once, over all workers.
    let maximumClients: Int
    /// Who may come, and how often, in the order of the configuration's routes; `nil` where nothing is asked.
    let admissions: [Admission?]
    /// The same for requests that no route fits.
    let unrouted: Admission?
    /// How requests are copied, in the order of the configuration's routes; `nil` where none is.
    let mirrors: [SharedMirror?]
    /// For all requests together.
    private let overall: RateLimiter?

    /// Makes all that the configuration needs, and changes nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: A valid one.
    ///   - maximumClients: What the configuration asks for, or fewer if there are not descriptors enough for them.
    ///   - shared: What does not depend on it.
    ///   - previous: What it takes the place of.
    /// - Throws: A strategy or a pool that does not exist, which a validated configuration rules out.
    init(
        _ configuration: GatewayConfiguration,
        maximumClients: Int? = nil,
        shared: SharedState,
        after previous: Snapshot? = nil
    ) throws(StartError) {
        self.configuration = configuration
        self.shared = shared
        self.maximumClients = maximumClients ?? configuration.limits.connections
        number = (previous?.number ?? 0) + 1
        let overall = configuration.rateLimit.map {
            RateLimiter.of($0, name: LimitName.overall, after: previous?.overall)
        }
        self.overall = overall
        var known = previous?.admissionsByRoute ?? [:]
        admissions = configuration.routes.map { route in
            let old = known.removeValue(forKey: route.identity)
            return Admission(overall: overall, name: route.name ?? LimitName.nameless, route.overrides, after: old)
        }
        unrouted = Admission(overall: overall, name: LimitName.nameless, RouteOverrides())
        var pools: [SharedPool] = []
        for pool in configuration.pools {
            pools.append(try SharedPool.of(pool, after: previous?.pool(named: pool.name), metrics: shared.metrics))
        }
        self.pools = pools
        routes = try RouteTable(configuration.routes)
        let indices = Dictionary(uniqueKeysWithValues: configuration.pools.enumerated().map { ($1.name, $0) })
        let actions = try configuration.routes.map { route throws(StartError) in try Route(route, pools: indices) }
        routeActions = actions
        var gates = previous?.mirrorsByRoute ?? [:]
        mirrors = configuration.routes.indices.map { index in
            SharedMirror(actions[index], after: gates.removeValue(forKey: configuration.routes[index].identity))
        }
    }

    func pool(named name: String) -> SharedPool? {
        pools.first { $0.pool.name == name }
    }

    /// The limits on how often requests may come, that of all requests first.
    var limits: [RateLimiter] { (overall.map { [$0] } ?? []) + admissions.compactMap { $0?.own } }

    private var admissionsByRoute: [RouteConfiguration.Identity: Admission] {
        var found: [RouteConfiguration.Identity: Admission] = [:]
        for (route, admission) in zip(configuration.routes, admissions) {
            if let admission { found[route.identity] = admission }
        }
        return found
    }

    private var mirrorsByRoute: [RouteConfiguration.Identity: SharedMirror] {
        var found: [RouteConfiguration.Identity: SharedMirror] = [:]
        for (route, mirror) in zip(configuration.routes, mirrors) {
            if let mirror { found[route.identity] = mirror }
        }
        return found
    }

    /// Makes this the snapshot that counts: from now on what is known of backends, and how much there may be of what, is as
    /// its configuration says. Called once, by the control thread, before any worker has it.
    func takeOver() {
        for pool in pools { pool.takeOver() }
        for mirror in mirrors { mirror?.takeOver() }
        shared.metrics.show(self)
    }
}
