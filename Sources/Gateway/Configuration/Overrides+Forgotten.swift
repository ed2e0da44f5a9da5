// SPDX-License-Identifier: Apache-2.0

/// What a reload of the file has let go of, in words.
extension Overrides {
    /// How many things are named. Of more only how many they are.
    private static let namesAtMost = 8

    /// What the log says where ``kept(in:)`` keeps less than there was.
    ///
    /// - Parameters:
    ///   - kept: What is left of this.
    ///   - file: What this was beside, which knows the names of what is gone.
    /// - Returns: `nil` where nothing is forgotten.
    package func forgottenNote(keeping kept: Overrides, beside file: GatewayConfiguration) -> String? {
        var parts: [String] = []
        if let logLevel, kept.logLevel == nil { parts.append("log.level \(logLevel.rawValue)") }
        for name in pools.keys.sorted() {
            guard let pool = pools[name] else { continue }
            let backends = file.pools.first { $0.name == name }?.backends ?? []
            parts += pool.forgotten(keeping: kept.pools[name] ?? Pool(), beside: backends).map { "pool \(name) \($0)" }
        }
        guard !parts.isEmpty else { return nil }
        let rest = parts.count - Self.namesAtMost
        let what = parts.prefix(Self.namesAtMost).joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
        return
            "forgotten of what was changed through the admin API, since the file says the same now, has its pool or backend "
            + "no more, or would have a pool without backends: \(what)"
    }
}

extension Overrides.Pool {
    /// One text for each backend: `+` before one that was added, `-` before one that was removed, or what was set of it.
    fileprivate func forgotten(keeping kept: Overrides.Pool, beside file: [BackendConfiguration]) -> [String] {
        (file + added.filter { backend in !file.contains { $0.id == backend.id } }).compactMap { backend in
            let id = backend.id
            let isIn = { (backends: [BackendConfiguration]) in backends.contains { $0.id == id } }
            if isIn(added), !isIn(kept.added) { return "+\(backend.url)" }
            if removed.contains(id), !kept.removed.contains(id) { return "-\(backend.url)" }
            let (before, now) = (changes[id], kept.changes[id])
            let settings = [
                now?.weight == nil ? before?.weight.map { "weight \($0)" } : nil,
                now?.isEnabled == nil ? before?.isEnabled.map { "enabled \($0)" } : nil,
            ]
            .compactMap(\.self)
            return settings.isEmpty ? nil : "\(backend.url): \(settings.joined(separator: ", "))"
        }
    }
}
