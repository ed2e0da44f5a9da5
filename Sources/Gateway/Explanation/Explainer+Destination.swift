// SPDX-License-Identifier: Apache-2.0

internal import Reactor

extension Explainer {
    /// All that holds for the request in this pool.
    func explainDestination(
        _ shared: SharedPool,
        _ percent: Percentage,
        _ overrides: RouteOverrides,
        _ request: ParsedDraft
    ) -> Explanation.Destination {
        let pool = shared.configuration
        let basis = StrategyRegistry.basis(of: pool.strategy) ?? .turn
        let (sticky, seat) = explainSticky(shared, request)
        var hash: UInt64 = 0
        if let source = shared.keySource {
            hash = request.withBytes { source.hash(of: request.head, in: $0, client: request.clientText) }
        }
        let key = RequestKey(hash: hash, time: MonotonicTime.now().nanoseconds, preferred: seat)
        let ranks = ranks(in: shared.balancer, for: key)
        let health = isLive ? shared.health.report : nil
        let retry = overrides.retry ?? pool.retry
        return Explanation.Destination(
            pool: pool.name,
            percent: percent,
            strategy: pool.strategy,
            basis: basis,
            key: shared.keySource.map { explainKey($0, shared.balancer.keySource, request) },
            sticky: sticky,
            isStateKnown: isStateKnown,
            backends: shared.pool.backends.map { backend in
                let index = backend.index
                return explain(backend, pool.backends[index], rank: ranks[index], health?[index], in: shared.pool)
            },
            whenAllDown: pool.whenAllDown.rawValue,
            limits: limits(of: shared),
            timeouts: timeouts(overrides, pool, request),
            retry: explain(retry, request)
        )
    }

    private func explain(
        _ backend: Backend,
        _ configuration: BackendConfiguration,
        rank: Int?,
        _ health: BackendHealth?,
        in pool: BackendPool
    ) -> Explanation.Backend {
        let host = backend.hostField.flatMap { $0.replacesClients ? HeadText.field($0.field.span.string[...]) : nil }
        return Explanation.Backend(
            id: backend.id,
            url: backend.url.description,
            rank: rank,
            weight: configuration.weight,
            isBackup: configuration.isBackup,
            maxConnections: configuration.maxConnections,
            isEnabled: backend.isEnabled,
            isAvailable: pool.isAvailable(backend.index),
            state: health?.word,
            reason: health?.record.changes.last?.reason,
            inFlight: backend.inFlight,
            host: host?.value,
            isSigned: backend.isSigned
        )
    }

    /// How many backends are told of by their order: nobody reads more, and each takes a look at all others.
    private static let mostRanks = 100

    /// When the request would get to each backend, by index. None of the gateway's turns is taken.
    private func ranks(in balancer: LoadBalancer, for key: RequestKey) -> [Int: Int] {
        var ranks: [Int: Int] = [:]
        var tried = BackendSet()
        while ranks.count < Self.mostRanks, let backend = balancer.foresee(for: key, tried: tried) {
            ranks[backend.index] = ranks.count + 1
            tried.insert(backend.index)
        }
        return ranks
    }

    private func explainKey(
        _ source: RequestKeySource,
        _ configuration: HashConfiguration.Source?,
        _ request: ParsedDraft
    ) -> Explanation.Key {
        let by =
            switch configuration {
            case .path: "path"
            case .header(let name): "header \(name)"
            case .cookie(let name): "cookie \(name)"
            case .clientAddress, nil: "client_ip"
            }
        if let key = request.withBytes({ source.key(of: request.head, in: $0) }) {
            return Explanation.Key(by: by, value: request.string(key), isStandIn: false)
        }
        if configuration == .path { return Explanation.Key(by: by, value: "/", isStandIn: false) }
        let client = Explainer.text(ofClient: request.client)
        return Explanation.Key(by: by, value: client, isStandIn: by != "client_ip")
    }

    /// What the client's cookie says, and the index of the backend that it names.
    private func explainSticky(_ shared: SharedPool, _ request: ParsedDraft) -> (Explanation.Sticky?, Int?) {
        guard let cookie = shared.sticky, let configuration = shared.configuration.sticky else { return (nil, nil) }
        var facts = Explanation.Sticky(cookie: configuration.cookie, state: .absent)
        guard let value = request.withBytes({ request.head.cookie(cookie.name, in: $0) }) else { return (facts, nil) }
        let now = UInt64(max(0, WallTime.now().seconds))
        let identity = request.withBytes { cookie.backend(in: $0.extracting(value), at: now) }
        if let index = identity.flatMap(shared.pool.index(of:)) {
            facts.state = .valid
            facts.backend = shared.pool.backends[index].url.description
            return (facts, index)
        }
        facts.state = configuration.secret.isEmpty && !isLive ? .unverifiable : .invalid
        return (facts, nil)
    }
}
