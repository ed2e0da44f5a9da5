// SPDX-License-Identifier: Apache-2.0

import Gateway

extension Overrides {
    /// What of a backend is not as the file says: `added`, or the names of settings.
    func names(of id: String, in pool: String) -> [String] {
        guard let pool = pools[pool] else { return [] }
        let change = pool.changes[id]
        return [
            pool.added.contains { $0.id == id } ? "added" : nil, change?.weight.map { _ in "weight" },
            change?.isEnabled.map { _ in "enabled" },
        ]
        .compactMap(\.self)
    }

    /// All of it. `file` is what it is beside.
    func json(beside file: GatewayConfiguration) -> JSON {
        let pools = file.pools.compactMap { pool in
            self.pools[pool.name].map { Self.json($0, of: pool) }
        }
        return .object([("log_level", .text(logLevel?.rawValue)), ("pools", .array(pools))])
    }

    private static func json(_ overrides: Pool, of pool: PoolConfiguration) -> JSON {
        let members = pool.backends + overrides.added
        let removed = pool.backends.filter { overrides.removed.contains($0.id) }
        let changed = members.compactMap { backend in
            overrides.changes[backend.id].map { change in
                JSON.object(
                    names(of: backend) + [
                        ("weight", change.weight.map { .count($0) } ?? .null),
                        ("enabled", change.isEnabled.map { .boolean($0) } ?? .null),
                    ]
                )
            }
        }
        return .object([
            ("name", .string(pool.name)), ("added", .array(overrides.added.map { .object(names(of: $0)) })),
            ("removed", .array(removed.map { .object(names(of: $0)) })), ("changed", .array(changed)),
        ])
    }

    private static func names(of backend: BackendConfiguration) -> [(String, JSON)] {
        [("id", .string(backend.id)), ("url", .string("\(backend.url)"))]
    }
}
