// SPDX-License-Identifier: Apache-2.0

import Gateway

/// A pick with 100 backends, and the end of the request, by every strategy and in what makes it dearer.
func balancingParts() -> [Part] {
    var parts: [Part] = []
    for name in StrategyRegistry.names {
        parts.append(pick("\(name), equal", by: name) { _ in })
        parts.append(pick("\(name), weights", by: name) { weigh(&$0) })
    }
    for name in StrategyRegistry.names {
        parts.append(
            pick("\(name), weights and limits", by: name) { configuration in
                weigh(&configuration)
                for index in configuration.backends.indices { configuration.backends[index].maxConnections = 1000 }
            }
        )
        parts.append(
            pick("\(name), weights and slow start", by: name) { configuration in
                weigh(&configuration)
                configuration.slowStart = .seconds(30)
            }
        )
        parts.append(pick("\(name), weights, half out", by: name, out: 50) { weigh(&$0) })
    }
    parts.append(pick("round_robin, 3 backends", of: 3, by: "round_robin") { _ in })
    return parts
}

private func weigh(_ configuration: inout PoolConfiguration) {
    for index in configuration.backends.indices { configuration.backends[index].weight = 1 + index % 7 }
}

private func pick(
    _ name: String,
    of count: Int = 100,
    by strategy: String,
    out: Int = 0,
    _ change: @escaping (inout PoolConfiguration) -> Void
) -> Part {
    Part(name: "pick: " + name) {
        pickAndEnd(of: count, by: strategy, out: out, change)
    }
}

private func pickAndEnd(
    of count: Int,
    by strategy: String,
    out: Int,
    _ change: (inout PoolConfiguration) -> Void
) -> (Int) -> Void {
    let backends = (0..<count).map { index in
        let address = "10.0.0.\(index)"
        let endpoint = BackendURL.Endpoint.tcp(host: address, port: 80)
        return BackendConfiguration(
            url: BackendURL(scheme: .http, endpoint: endpoint, description: "http://\(address)")
        )
    }
    var configuration = PoolConfiguration(name: "web", strategy: strategy, backends: backends)
    change(&configuration)
    guard let balancer = LoadBalancer(configuration) else { return { _ in } }
    for index in 0..<out { balancer.pool.setAvailable(2 * index, false) }
    // A pool at work: three requests everywhere, and answers within 1 to 4 ms.
    for backend in balancer.pool.backends {
        for _ in 0..<3 { backend.requestBegan() }
        backend.observed(firstByteNanoseconds: 1_000_000 + UInt64(backend.index) * 30_000, at: 1)
    }
    return { calls in
        for call in 0..<calls {
            let time = UInt64(call) &* 20_000
            let key = RequestKey(hash: UInt64(call) &* 0x9E37_79B9_7F4A_7C15, time: time)
            guard let backend = balancer.pick(for: key, tried: []).backend else { continue }
            if balancer.usesLatency { backend.observed(firstByteNanoseconds: 1_000_000, at: time) }
            backend.requestEnded()
        }
    }
}
