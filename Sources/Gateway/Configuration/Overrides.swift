// SPDX-License-Identifier: Apache-2.0

/// What operators have changed while the gateway runs, beside what its file says.
///
/// A value: the gateway goes by the configuration of the file with this applied to it, so each change is made, checked and
/// survived as a reload is. It holds only what differs from the file. Backends are named by ``BackendConfiguration/id``.
package struct Overrides: Sendable, Equatable {
    /// What is different of one backend; `nil` where the word of the file, or of whoever added it, counts.
    package struct BackendChange: Sendable, Equatable {
        package var weight: Int?
        package var isEnabled: Bool?

        package init(weight: Int? = nil, isEnabled: Bool? = nil) {
            self.weight = weight
            self.isEnabled = isEnabled
        }

        fileprivate func applied(to backend: BackendConfiguration) -> BackendConfiguration {
            var backend = backend
            if let weight { backend.weight = weight }
            if let isEnabled { backend.isEnabled = isEnabled }
            return backend
        }

        /// What of it makes `backend` another.
        fileprivate func beside(_ backend: BackendConfiguration) -> BackendChange? {
            let change = BackendChange(
                weight: weight == backend.weight ? nil : weight,
                isEnabled: isEnabled == backend.isEnabled ? nil : isEnabled
            )
            return change == BackendChange() ? nil : change
        }
    }

    /// What is different of one pool.
    package struct Pool: Sendable, Equatable {
        package fileprivate(set) var added: [BackendConfiguration] = []
        /// Backends of the file.
        package fileprivate(set) var removed: Set<String> = []
        package fileprivate(set) var changes: [String: BackendChange] = [:]

        fileprivate var isEmpty: Bool { self == Pool() }

        /// The backends, but for the changes of weights and the like.
        fileprivate func members(_ file: [BackendConfiguration]) -> [BackendConfiguration] {
            file.filter { !removed.contains($0.id) } + added
        }

        /// What was said of a backend: as a change, or as it was added, if `next` has not added it any more. What it was added
        /// with by default nobody has said.
        fileprivate func said(of id: String, unless next: Pool) -> BackendChange? {
            guard let backend = added.first(where: { $0.id == id }), !next.added.contains(backend) else {
                return changes[id]
            }
            let usual = BackendConfiguration(url: backend.url)
            return BackendChange(
                weight: changes[id]?.weight ?? (backend.weight == usual.weight ? nil : backend.weight),
                isEnabled: changes[id]?.isEnabled ?? (backend.isEnabled == usual.isEnabled ? nil : backend.isEnabled)
            )
        }

        fileprivate func applied(to file: [BackendConfiguration]) -> [BackendConfiguration] {
            members(file).map { changes[$0.id]?.applied(to: $0) ?? $0 }
        }
    }

    /// By name. A pool of which nothing is different is not there.
    package private(set) var pools: [String: Pool] = [:]
    package private(set) var logLevel: LogConfiguration.Level?

    package init() {}

    package var isEmpty: Bool { self == Overrides() }

    /// The configuration that the gateway is to go by. `file` is one that this was made for: see ``kept(in:)``.
    package func applied(to file: GatewayConfiguration) -> GatewayConfiguration {
        var configuration = file
        if let logLevel { configuration.log.level = logLevel }
        for index in file.pools.indices {
            guard let pool = pools[file.pools[index].name] else { continue }
            configuration.pools[index].backends = pool.applied(to: file.pools[index].backends)
        }
        return configuration
    }

    // MARK: Reloads

    /// What of it still means something beside this file: what has become of pools and backends that are gone is forgotten,
    /// and what the file says itself now. Of a backend that was added, and that the file has now, what was said of its weight
    /// and of whether it is enabled goes on: a reload of the file puts nobody into rotation that was kept out of it.
    package func kept(in file: GatewayConfiguration) -> Overrides {
        var kept = Overrides()
        kept.logLevel = logLevel == file.log.level ? nil : logLevel
        for (name, pool) in pools {
            guard let backends = file.pools.first(where: { $0.name == name })?.backends else { continue }
            let known = Set(backends.map(\.id))
            var next = Pool()
            next.removed = pool.removed.intersection(known)
            next.added = pool.added.filter { !known.contains($0.id) || next.removed.contains($0.id) }
            // No pool is without backends.
            if next.members(backends).isEmpty { next.removed = [] }
            for backend in next.members(backends) {
                next.changes[backend.id] = pool.said(of: backend.id, unless: next)?.beside(backend)
            }
            if !next.isEmpty { kept.pools[name] = next }
        }
        return kept
    }

    // MARK: Changes

    /// One thing that an operator asks for.
    package enum Write: Sendable {
        /// What is `nil` stays as it is.
        case change(BackendChange, of: String, in: String)
        case add(BackendConfiguration, to: String)
        case remove(String, from: String)
        case setLogLevel(LogConfiguration.Level)
        /// Back to what the file says.
        case forgetAll
    }

    /// Why something cannot be done.
    package enum Refusal: Error, Sendable, Equatable {
        case noPool
        case noBackend
        /// The backend is in the pool already.
        case isThere(id: String)
        /// The pool would have no backends.
        case isLast
    }

    /// This with one more change, for this file.
    package func after(_ write: Write, in file: GatewayConfiguration) throws(Refusal) -> Overrides {
        var next = self
        switch write {
        case .change(let change, let id, let name):
            try next.edit(name, file) { (pool, backends) throws(Refusal) in
                guard let backend = pool.members(backends).first(where: { $0.id == id }) else { throw .noBackend }
                var merged = pool.changes[id] ?? BackendChange()
                merged.weight = change.weight ?? merged.weight
                merged.isEnabled = change.isEnabled ?? merged.isEnabled
                pool.changes[id] = merged.beside(backend)
            }
        case .add(let backend, let name):
            let id = backend.id
            try next.edit(name, file) { (pool, backends) throws(Refusal) in
                guard !pool.members(backends).contains(where: { $0.id == id }) else { throw .isThere(id: id) }
                if backends.contains(backend) { pool.removed.remove(id) } else { pool.added.append(backend) }
            }
        case .remove(let id, let name):
            try next.edit(name, file) { (pool, backends) throws(Refusal) in
                let members = pool.members(backends)
                guard members.contains(where: { $0.id == id }) else { throw .noBackend }
                guard members.count > 1 else { throw .isLast }
                if backends.contains(where: { $0.id == id }) { pool.removed.insert(id) }
                pool.added.removeAll { $0.id == id }
                pool.changes[id] = nil
            }
        case .setLogLevel(let level): next.logLevel = level == file.log.level ? nil : level
        case .forgetAll: next = Overrides()
        }
        return next
    }

    private mutating func edit(
        _ name: String,
        _ file: GatewayConfiguration,
        _ body: (inout Pool, [BackendConfiguration]) throws(Refusal) -> Void
    ) throws(Refusal) {
        guard let backends = file.pools.first(where: { $0.name == name })?.backends else { throw .noPool }
        var pool = pools[name] ?? Pool()
        try body(&pool, backends)
        pools[name] = pool.isEmpty ? nil : pool
    }
}
