// SPDX-License-Identifier: Apache-2.0

/// Asks of each condition of a route whether a request meets it: a table with nothing but that condition in it is looked
/// into, so that what meets a condition is written down in one place alone.
struct RouteProbe {
    private let request: ParsedDraft
    // Looked up for each condition of each route.
    private let facts: Explanation.Request
    private let fields: [(name: String, value: String)]

    init(_ request: ParsedDraft) {
        self.request = request
        facts = request.facts
        fields = request.fieldsThatCount.map { ($0.name.lowercased(), $0.value) }
    }

    /// Every condition of `route`, met or not.
    func conditions(of route: RouteConfiguration) -> [Explanation.Condition] {
        var conditions: [Explanation.Condition] = []
        if !route.hosts.isEmpty {
            conditions.append(
                condition(.host, route.hosts.joined(separator: ", "), facts.host) { $0.hosts = route.hosts }
            )
        }
        switch route.path {
        case .exact(let path): conditions.append(pathCondition(.exactPath, path, route.path))
        case .prefix(let path): conditions.append(pathCondition(.path, path, route.path))
        case nil: break
        }
        if !route.methods.isEmpty {
            let wanted = route.methods.joined(separator: ", ")
            conditions.append(condition(.method, wanted, request.draft.method) { $0.methods = route.methods })
        }
        for match in route.headers {
            conditions.append(condition(.header, match, found(field: match.name)) { $0.headers = [match] })
        }
        for match in route.query {
            conditions.append(condition(.query, match, found(parameter: match.name)) { $0.query = [match] })
        }
        return conditions
    }

    /// What is nobody's business is shown neither as the route wants it nor as the request, which may know it, has it.
    private func condition(
        _ kind: Explanation.Condition.Kind,
        _ match: RouteConfiguration.Match,
        _ found: String?,
        _ demand: (inout RouteConfiguration) -> Void
    ) -> Explanation.Condition {
        let shown = match.isHidden ? found.map { _ in "***" } : found
        var probed = condition(kind, match.shownValue, shown, demand)
        probed.name = match.name
        return probed
    }

    private func pathCondition(
        _ kind: Explanation.Condition.Kind,
        _ path: String,
        _ wanted: RouteConfiguration.Path?
    ) -> Explanation.Condition {
        condition(kind, path, facts.path) { $0.path = wanted }
    }

    private func condition(
        _ kind: Explanation.Condition.Kind,
        _ wanted: String,
        _ found: String?,
        _ demand: (inout RouteConfiguration) -> Void
    ) -> Explanation.Condition {
        // Where it would lead makes no difference.
        var route = RouteConfiguration(pool: "")
        demand(&route)
        return Explanation.Condition(kind: kind, wanted: wanted, found: found, isMet: fits(route))
    }

    /// Whether the request fits a table of this route alone.
    private func fits(_ route: RouteConfiguration) -> Bool {
        // A path that cannot be used would have been refused with the configuration.
        guard let table = try? RouteTable([route]) else { return false }
        var reader = PathReader()
        return request.withBytes { table.find(request.head, in: $0, &reader) } == .route(0)
    }

    // MARK: What the request has, to be shown

    private func found(field name: String) -> String? {
        let name = name.lowercased()
        let values = fields.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    private func found(parameter name: String) -> String? {
        let query = request.string(request.withBytes { request.head.query(in: $0) })
        let values = query.split(separator: "&").compactMap { parameter -> Substring? in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts[0] == name ? parts.dropFirst().first ?? "" : nil
        }
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
