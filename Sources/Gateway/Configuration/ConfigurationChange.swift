// SPDX-License-Identifier: Apache-2.0

/// What is different between the configuration that the gateway goes by and one that it is to go by.
package struct ConfigurationChange: Sendable, Equatable {
    /// The new configuration, but for what cannot change while the gateway runs.
    package private(set) var applicable: GatewayConfiguration
    /// What would be different after a restart: the names of settings.
    package private(set) var onlyAtStart: [String] = []
    /// In words, one for each pool and each other part that is different.
    package private(set) var parts: [String] = []
    /// How many configurations there have been with this one, beginning with 1.
    package var number = 0
    private let cause: Cause

    /// What began a change.
    package struct Cause: Sendable, Equatable, ExpressibleByStringInterpolation {
        /// Who or what it was.
        package let text: String
        /// The whole configuration was read again. Default true.
        package let isReload: Bool

        package init(_ text: String, isReload: Bool) {
            self.text = text
            self.isReload = isReload
        }

        package init(stringLiteral text: String) { self.init(text, isReload: true) }
    }

    /// Nothing of it can be applied, or nothing is different.
    package var isEmpty: Bool { parts.isEmpty }

    package init(from old: GatewayConfiguration, to new: GatewayConfiguration, cause: Cause) {
        self.cause = cause
        applicable = new
        keep(\.workers, "workers", of: old)
        keep(\.admin, "admin", of: old)
        keep(\.log.output, "log.output", of: old)
        keep(\.log.format, "log.format", of: old)
        keep(\.tracing, "tracing", of: old)
        let new = applicable
        compareListeners(old, new)
        for pool in new.pools { comparePool(old.pools.first { $0.name == pool.name }, pool) }
        for pool in old.pools where !new.pools.contains(where: { $0.name == pool.name }) {
            parts.append("pool \(pool.name) is gone")
        }
        if old.pools.map(\.name) != new.pools.map(\.name), parts.isEmpty { parts.append("the order of pools") }
        if old.routes != new.routes {
            let (before, now) = (old.routes.count, new.routes.count)
            parts.append(before == now ? "routes" : "routes (\(before) before, \(now) now)")
        }
        let others: [(name: String, isSame: Bool)] = [
            ("limits", old.limits == new.limits), ("rate_limit", old.rateLimit == new.rateLimit),
            ("trusted_proxies", old.trustedProxies == new.trustedProxies),
            ("drain_timeout", old.drainTimeout == new.drainTimeout), ("drain_delay", old.drainDelay == new.drainDelay),
            ("reload_on_change", old.reloadOnChange == new.reloadOnChange),
        ]
        parts += others.filter { !$0.isSame }.map(\.name)
        compareLog(old.log, new.log)
    }

    private mutating func compareLog(_ old: LogConfiguration, _ new: LogConfiguration) {
        var rest = old
        rest.level = new.level
        if old.level != new.level { parts.append("log.level \(old.level.rawValue) -> \(new.level.rawValue)") }
        if rest != new { parts.append("log") }
    }

    private mutating func keep<Value: Equatable>(
        _ setting: WritableKeyPath<GatewayConfiguration, Value>,
        _ name: String,
        of old: GatewayConfiguration
    ) {
        guard applicable[keyPath: setting] != old[keyPath: setting] else { return }
        applicable[keyPath: setting] = old[keyPath: setting]
        onlyAtStart.append(name)
    }

    private mutating func compareListeners(_ old: GatewayConfiguration, _ new: GatewayConfiguration) {
        guard old.listen != new.listen else { return }
        let changes = Self.changes(old.listen.map(\.description), new.listen.map(\.description))
        parts.append(changes.isEmpty ? "listen" : "listen \(changes)")
    }

    private mutating func comparePool(_ old: PoolConfiguration?, _ new: PoolConfiguration) {
        guard let old else {
            let count = new.backends.count
            parts.append("pool \(new.name) is new, with \(count) \(count == 1 ? "backend" : "backends")")
            return
        }
        guard old != new else { return }
        let changes = [
            Self.changes(old.backends.map(\.url.description), new.backends.map(\.url.description)),
            Self.changes(of: old.backends, new.backends),
        ]
        .filter { !$0.isEmpty }
        parts.append("pool \(([new.name] + changes).joined(separator: " "))")
    }

    /// What an operator turns of backends that stay; of many only how many they are.
    private static func changes(of old: [BackendConfiguration], _ new: [BackendConfiguration]) -> String {
        let before = Dictionary(old.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let turned = new.compactMap { backend -> String? in
            guard let old = before[backend.id] else { return nil }
            var parts: [String] = []
            if old.weight != backend.weight { parts.append("weight \(old.weight) -> \(backend.weight)") }
            if old.isEnabled != backend.isEnabled {
                parts.append("enabled \(old.isEnabled) -> \(backend.isEnabled)")
            }
            return parts.isEmpty ? nil : "\(backend.url): \(parts.joined(separator: ", "))"
        }
        return turned.count <= 8 ? turned.joined(separator: ", ") : "\(turned.count) backends with other weights"
    }

    /// `+` before what has come, `-` before what has gone; of many only how many they are.
    private static func changes(_ old: [String], _ new: [String]) -> String {
        let (before, now) = (Set(old), Set(new))
        let (come, gone) = (new.filter { !before.contains($0) }, old.filter { !now.contains($0) })
        if come.count + gone.count <= 8 {
            return (come.map { "+\($0)" } + gone.map { "-\($0)" }).joined(separator: " ")
        }
        return "+\(come.count) -\(gone.count)"
    }

    /// For the log.
    package var text: String {
        let what = parts.isEmpty ? "nothing has changed" : "changed: " + parts.joined(separator: "; ")
        let rest = onlyAtStart.joined(separator: ", ")
        let later = onlyAtStart.isEmpty ? "" : "; \(rest) can only change at a restart"
        return "\(cause.text): \(cause.isReload ? "configuration reloaded, " : "")\(what)\(later)"
    }
}
