// SPDX-License-Identifier: Apache-2.0

internal import Reactor

/// One configuration on one worker: what its requests go by. It belongs to the worker's thread.
///
/// A request that is under way keeps the ``RouteTarget`` that it began with, and with that all that it needs; when the last
/// of them is over, what the configuration does not have any more is freed.
final class Generation {
    let snapshot: Snapshot
    let limits: RequestLimits
    let trusted: TrustedProxies
    let routes: RouteTable
    /// Is asked whether a request may come that no route fits.
    let unrouted: Admission?
    /// Indexed as the configuration's routes.
    private(set) var targets: [RouteTargets] = []
    /// Indexed as the configuration's pools.
    private(set) var pools: [PoolUpstreams] = []
    /// Those of the routes that have one.
    private(set) var mirrors: [Mirror] = []
    /// What every request goes by, where there is one route for all.
    private(set) var only: RouteTarget?
    /// Some route asks for passwords.
    var asksForPasswords: Bool { snapshot.admissions.contains { $0?.authenticator != nil } }

    init(_ snapshot: Snapshot, _ limits: RequestLimits) {
        self.snapshot = snapshot
        self.limits = limits
        trusted = snapshot.configuration.trustedProxies
        routes = snapshot.routes
        unrouted = snapshot.unrouted
    }

    /// Makes what requests go by. Pools that have not changed since `previous` are the same objects.
    ///
    /// - Throws: The system is out of descriptors; then nothing has changed.
    func prepare(after previous: Generation?, context: ProxyContext) throws(SystemError) {
        do throws(SystemError) {
            for pool in snapshot.pools {
                if let old = previous?.pool(named: pool.pool.name), old.shared === pool {
                    pools.append(old)
                } else {
                    pools.append(try PoolUpstreams(pool, context: context))
                }
            }
        } catch {
            for pool in pools where previous?.pools.contains(where: { $0 === pool }) != true { pool.close() }
            throw error
        }
        targets = snapshot.routeActions.enumerated().map { index, route in
            let mirror = snapshot.mirrors[index].map { Mirror($0, to: pools[$0.pool], limits, context: context) }
            if let mirror { mirrors.append(mirror) }
            let admission = snapshot.admissions[index]
            let parts = RouteTarget.Parts(admission: admission, mirror: mirror, limits: limits.configuration)
            return RouteTargets(route, index: index, pools: pools, parts)
        }
        only = routes.everything.flatMap { targets[$0].only }
    }

    func pool(named name: String) -> PoolUpstreams? {
        pools.first { $0.shared.pool.name == name }
    }

    /// Closes every connection to backends. Nothing may be in flight.
    func close() {
        for mirror in mirrors { mirror.close() }
        mirrors.removeAll()
        for pool in pools { pool.close() }
        pools.removeAll()
        targets.removeAll()
        only = nil
    }

    /// This is the present one from now on: takes over from `previous` the connections to backends that stay, and has it let
    /// go of the others as soon as they are idle.
    func takeOver(from previous: Generation) {
        for mirror in previous.mirrors { mirror.retire() }
        for old in previous.pools {
            let new = pool(named: old.shared.pool.name)
            if new === old { continue }
            new?.takeOver(from: old)
            old.retire()
        }
    }
}

/// What requests and responses may be like, as one configuration says. Two that say the same share one object, so that
/// whoever was made for it can be told by that.
final class RequestLimits {
    let configuration: LimitsConfiguration
    let http: HTTPLimits

    init(_ configuration: LimitsConfiguration) {
        self.configuration = configuration
        http = HTTPLimits(configuration)
    }
}
