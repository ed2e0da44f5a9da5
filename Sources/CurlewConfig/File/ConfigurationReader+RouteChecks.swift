// SPDX-License-Identifier: Apache-2.0

import Gateway
import Yams

/// What can only be said of the routes together.
extension ConfigurationReader {
    mutating func checkTogether(
        _ placed: [PlacedRoute],
        _ field: Field,
        items: Int,
        pools: Field?,
        names: [String]
    ) {
        checkNames(placed, field)
        checkNamesOfLimits(placed, field)
        checkReach(placed, field)
        // A route that could not be read may have been the one.
        guard placed.count == items else { return }
        if !placed.contains(where: \.route.isCatchAll) {
            note(
                field.keyMark,
                field.path,
                "a request that fits none of the routes is answered 404",
                hint: "add a route without conditions for all others: { pool: \(names.first ?? "web") }"
            )
        }
        let used = Set(placed.flatMap(\.pools))
        for entry in pools.flatMap({ $0.value.mapping.map(Array.init) }) ?? [] {
            guard let name = entry.key.scalar?.string, names.contains(name), !used.contains(name) else { continue }
            note(
                entry.key.mark,
                "pools.\(name)",
                "no route uses this pool",
                hint: "add a route to it, for example { path: /\(name), pool: \(name) }, or remove it"
            )
        }
    }

    /// Notes what is valid and yet can hardly be meant.
    mutating func checkSense(_ fields: Fields, _ route: RouteConfiguration, _ pools: [PoolConfiguration]) {
        if let field = fields["strip_prefix"], let prefix = route.overrides.pathRewrite?.from, let path = route.path,
            !path.mayBegin(with: prefix)
        {
            note(
                field.keyMark,
                field.path,
                "no path that the route takes begins with \(prefix), so nothing is ever stripped",
                hint: "write strip_prefix: \(path.text)"
            )
        }
        switch route.action {
        case .redirect(let redirect):
            let isSame = ["{path}", "{path}{query}"].contains(redirect.location)
            guard isSame, route.overrides.pathRewrite == nil, let field = fields["redirect"] else { return }
            note(
                field.keyMark,
                field.path,
                "it leads to the path that the request came to, so clients are sent in a circle",
                hint: "lead elsewhere, for example to https://{host}{path}{query}"
            )
        case .split(let targets):
            checkSeats(fields["split"], targets.compactMap { target in pools.first { $0.name == target.pool } })
        case .pool, .respond: break
        }
    }

    /// Each pool knows only cookies of its own, so of two that share a name a client can have but one.
    private mutating func checkSeats(_ field: Field?, _ pools: [PoolConfiguration]) {
        for (index, pool) in pools.enumerated() {
            guard let cookie = pool.sticky?.cookie,
                let other = pools[..<index].first(where: { $0.sticky?.cookie == cookie })
            else { continue }
            note(
                field?.keyMark,
                field?.path ?? "",
                "the pools \(other.name) and \(pool.name) both call their sticky cookie \(cookie), so a client that comes "
                    + "to the one loses its backend in the other",
                hint: "give the two cookies two names: sticky: { cookie: \(cookie)-\(pool.name) }"
            )
        }
    }

    private mutating func checkNames(_ placed: [PlacedRoute], _ field: Field) {
        var marks = [String: Mark?]()
        for route in placed {
            guard let name = route.route.name else { continue }
            if let mark = marks[name] {
                let other = Self.place(of: mark, seenFrom: route.mark)
                report(route.mark, field.path, "the route on \(other) is named \(name) too", hint: "rename one")
            }
            marks[name] = route.mark
        }
    }

    private mutating func checkNamesOfLimits(_ placed: [PlacedRoute], _ field: Field) {
        let nameless = placed.filter { $0.route.name == nil && $0.route.overrides.rateLimit != nil }
        guard nameless.count > 1 else { return }
        note(
            nameless[1].mark,
            field.path,
            "\(nameless.count) routes with a rate limit have no name, so clients and the log are told of each limit as route",
            hint: "give each a name: { name: api, … }"
        )
    }

    /// Where another route stands: with its column, if the line says nothing.
    private static func place(of mark: Mark?, seenFrom own: Mark?) -> String {
        let line = mark?.line ?? 1
        return line == own?.line ? "line \(line), column \(mark?.column ?? 1)," : "line \(line)"
    }

    /// Reports each route all of whose requests are taken by one that is tried before it.
    private mutating func checkReach(_ placed: [PlacedRoute], _ field: Field) {
        let routes = placed.map(\.route)
        var reached = Set<Int>()
        var takers = [Int: Int]()
        // Only a route of the same host, with the same path or none, can take all of another's. Each with its place in the
        // order, since the first of them is the one to name.
        var earlier = [Place: [(place: Int, route: Int)]]()
        for (place, entry) in RouteOrder.entries(of: routes).enumerated() {
            let own = Place(host: entry.host, path: routes[entry.route].path)
            var candidates = earlier[own] ?? []
            if own.path != nil { candidates += earlier[Place(host: entry.host, path: nil)] ?? [] }
            let taker = candidates.filter { $0.route != entry.route && routes[entry.route].isWithin(routes[$0.route]) }
                .min { $0.place < $1.place }
            if let taker { takers[entry.route] = taker.route } else { reached.insert(entry.route) }
            earlier[own, default: []].append((place, entry.route))
        }
        for (index, taker) in takers.sorted(by: { $0.key < $1.key }) where !reached.contains(index) {
            let other = Self.place(of: placed[taker].mark, seenFrom: placed[index].mark)
            if routes[taker].isWithin(routes[index]) {
                report(
                    placed[index].mark,
                    field.path,
                    "the route on \(other) has the same conditions, so no request can reach this one",
                    hint: "keep one route, or give this one another host, path, method, header field or parameter"
                )
            } else {
                report(
                    placed[index].mark,
                    field.path,
                    "no request can reach this route, since the one on \(other) takes them all",
                    hint: "move this one before it, or narrow the other's conditions"
                )
            }
        }
    }
}

/// A host and a path that routes name together; `nil` for any.
private struct Place: Hashable {
    let host: String?
    let path: RouteConfiguration.Path?
}

extension RouteConfiguration {
    /// Whether every request for one host that fits this route fits `other` too.
    func isWithin(_ other: RouteConfiguration) -> Bool {
        guard path == other.path || other.path == nil else { return false }
        let methodsFit =
            other.methods.isEmpty || !methods.isEmpty && Set(methods).isSubset(of: Set(other.methods))
        return methodsFit
            && other.headers.allSatisfy { wanted in headers.contains { $0.isWithin(wanted, ignoringCase: true) } }
            && other.query.allSatisfy { wanted in query.contains { $0.isWithin(wanted, ignoringCase: false) } }
    }
}

extension RouteConfiguration.Path {
    fileprivate var text: String {
        switch self {
        case .exact(let path), .prefix(let path): path
        }
    }

    /// Whether `prefix`, as whole segments, may be at the front of a path that is taken.
    fileprivate func mayBegin(with prefix: String) -> Bool {
        if text == prefix || text.hasPrefix(prefix + "/") { return true }
        if case .prefix(let path) = self { return prefix.hasPrefix(path + "/") }
        return false
    }
}

extension RouteConfiguration.Match {
    fileprivate func isWithin(_ other: Self, ignoringCase: Bool) -> Bool {
        let sameName = ignoringCase ? name.lowercased() == other.name.lowercased() : name == other.name
        return sameName && (other.value == nil || value == other.value)
    }
}
