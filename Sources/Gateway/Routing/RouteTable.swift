// SPDX-License-Identifier: Apache-2.0

/// Finds the pool that a request goes to. Immutable, shared by all workers.
struct RouteTable: Sendable {
    /// The index, in the configuration's pools, of the pool that takes everything.
    private let catchAll: Int

    /// `nil` if a route names a pool that is not there, or there is no route, which a validated configuration rules out.
    init?(_ configuration: GatewayConfiguration) {
        if configuration.pools.isEmpty && configuration.routes.isEmpty {
            // A server that answers by itself never asks.
            catchAll = 0
            return
        }
        guard let route = configuration.routes.first,
            let index = configuration.pools.firstIndex(where: { $0.name == route.pool })
        else { return nil }
        catchAll = index
    }

    /// The index of the pool for `request`.
    func pool(for request: RequestHead) -> Int {
        catchAll
    }
}
