// SPDX-License-Identifier: Apache-2.0

/// Each client always to the same backend, by its address, as long as that backend is available: `ip_hash`. Clients
/// whose backend is out go to the others, and back with it; nobody else moves. See ``KeyTable``.
package final class IPHash: BalancingStrategy {
    private let keys: StickyKeys

    package init(_ backends: [BackendConfiguration]) {
        keys = StickyKeys(backends)
    }

    package var keySource: HashConfiguration.Source? { .clientAddress }

    package func pick(from pool: BackendPool, for request: RequestKey, tried: BackendSet) -> Backend? {
        keys.pick(among: pool.candidates(excluding: tried), for: request) { _ in true }
    }
}
