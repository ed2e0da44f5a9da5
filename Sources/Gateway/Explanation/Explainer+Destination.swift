// SPDX-License-Identifier: Apache-2.0

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
        let key = RequestKey(hash: hash, preferred: seat)
        let ranks = ranks(in: pool, for: key, isKeyed: basis == .key)
        let retry = overrides.retry ?? pool.retry
        return Explanation.Destination(
            pool: pool.name,
            percent: percent,
            strategy: pool.strategy,
            basis: basis,
            key: shared.keySource.map { explainKey($0, shared.balancer.keySource, request) },
            sticky: sticky,
            isStateKnown: condition != nil,
            backends: shared.pool.backends.map { backend in
                explain(backend, pool.backends[backend.index], rank: ranks[backend.index], in: pool.name)
            },
            whenAllDown: pool.whenAllDown.rawValue,
            limits: limits(of: pool),
            timeouts: timeouts(overrides, pool, request),
            retry: explain(retry, request)
        )
    }

    private func explain(
        _ backend: Backend,
        _ configuration: BackendConfiguration,
        rank: Int?,
        in pool: String
    ) -> Explanation.Backend {
        let condition = condition?(pool, backend.index) ?? BackendCondition()
        let host = backend.hostField.flatMap { $0.replacesClients ? HeadText.field($0.field.span.string[...]) : nil }
        return Explanation.Backend(
            url: backend.url.description,
            rank: rank,
            weight: configuration.weight,
            isBackup: configuration.isBackup,
            maxConnections: configuration.maxConnections,
            isAvailable: condition.isAvailable,
            inFlight: condition.inFlight,
            host: host?.value,
            isSigned: backend.isSigned
        )
    }

    /// When the request would get to each backend, by index. A balancer of its own is asked, so that none of the gateway's
    /// turns is taken.
    private func ranks(in pool: PoolConfiguration, for key: RequestKey, isKeyed: Bool) -> [Int: Int] {
        guard let balancer = LoadBalancer(pool) else { return [:] }
        for backend in balancer.pool.backends {
            guard let condition = condition?(pool.name, backend.index) else { continue }
            balancer.pool.setAvailable(backend.index, condition.isAvailable)
            for _ in 0..<min(condition.inFlight, 100_000) { backend.requestBegan() }
        }
        var ranks: [Int: Int] = [:]
        var tried = BackendSet()
        while case .backend(let backend) = balancer.pick(for: key, tried: tried) {
            // Whose turn it is, or who has least to do, nobody knows of a request that is not there yet.
            guard isKeyed || backend.index == key.preferred || pool.backends.count == 1 else { break }
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
