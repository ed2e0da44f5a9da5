// SPDX-License-Identifier: Apache-2.0

/// What a route means for a request that goes to one of its pools, or to none: on one worker, ready to be used.
final class RouteTarget {
    /// The index of the route in the configuration.
    let index: Int
    /// For the log; `nil` where the operator gave none.
    let name: [UInt8]?
    /// `nil` where the gateway answers itself.
    let pool: PoolUpstreams?
    let answer: FixedAnswer?
    let edits: RouteEdits?
    /// Who may come, and how often; `nil` where nothing is asked.
    let admission: Admission?
    /// Copies requests to another pool; `nil` where none are.
    let mirror: Mirror?
    /// Whether its requests are logged; `nil` where that is as for all.
    let access: LogConfiguration.Access?
    let timeLimits: ExchangeDeadlines.Limits
    let retry: RetryPolicy
    let duties: ExchangeDuties
    /// How much of a body is kept for another attempt.
    let bodyBuffer: Int
    /// Bytes of a request body.
    let bodyMaximum: UInt64

    /// What all targets of a route share.
    struct Parts {
        let admission: Admission?
        let mirror: Mirror?
        /// The gateway's; the route may have others.
        let limits: LimitsConfiguration
    }

    init(_ route: Route, index: Int, pool: PoolUpstreams?, _ parts: Parts) {
        self.index = index
        // A copy for the worker: to count who uses one array would have the workers wait for one another.
        name = route.name.map { $0.map(\.self) }
        self.pool = pool
        answer = route.answer
        edits = route.edits
        admission = parts.admission
        mirror = pool == nil ? nil : parts.mirror
        access = route.overrides.log
        let limits = route.overrides.limits(over: parts.limits)
        bodyMaximum = limits.bodyBytes.map(UInt64.init) ?? .max
        let timeouts = route.overrides.timeouts(over: pool?.shared.pool.timeouts ?? TimeoutsConfiguration())
        timeLimits = ExchangeDeadlines.Limits(timeouts, limits)
        let retry = route.overrides.retry ?? pool?.shared.pool.retry ?? RetryConfiguration()
        let policy = RetryPolicy(retry)
        self.retry = policy
        let signs = [pool, mirror?.pool].contains { $0?.signers.contains { $0 != nil } == true }
        duties = ExchangeDuties(policy, pool?.shared, hasMirror: mirror != nil, signs: signs)
        bodyBuffer = retry.bodyBuffer
    }

    /// The same, but for the pool.
    init(_ other: RouteTarget, in pool: PoolUpstreams) {
        index = other.index
        name = other.name
        self.pool = pool
        answer = other.answer
        edits = other.edits
        admission = other.admission
        mirror = other.mirror
        access = other.access
        timeLimits = other.timeLimits
        retry = other.retry
        duties = other.duties
        bodyBuffer = other.bodyBuffer
        bodyMaximum = other.bodyMaximum
    }
}

/// All that a route means on one worker.
struct RouteTargets {
    private let shares: [Route.Share]
    /// As ``shares``; exactly one where there are none.
    private let targets: [RouteTarget]

    init(_ route: Route, index: Int, pools: [PoolUpstreams], _ parts: RouteTarget.Parts) {
        shares = route.shares
        targets =
            shares.isEmpty
            ? [RouteTarget(route, index: index, pool: nil, parts)]
            : shares.map {
                RouteTarget(route, index: index, pool: pools[$0.pool], parts)
            }
    }

    /// The only one, if there is one only.
    var only: RouteTarget? { targets.count == 1 ? targets[0] : nil }

    /// The one for the request with this id. Ids are random, so each pool gets its share in the long run.
    func target(for id: RequestID) -> RouteTarget {
        guard targets.count > 1 else { return targets[0] }
        let chance = Percentage.place(of: id.high)
        for index in shares.indices where chance < shares[index].upTo { return targets[index] }
        return targets[targets.count - 1]
    }
}
