// SPDX-License-Identifier: Apache-2.0

extension Explainer {
    /// Of those that are passed over so many are told of.
    private static let nearest = 5

    /// Why the request goes by the route with this index, or by none, and not by others.
    func explainRoutes(chosen: Int?, _ request: ParsedDraft, _ explanation: inout Explanation) {
        let routes = snapshot.configuration.routes
        let entries = RouteOrder.entries(of: routes)
        let probe = RouteProbe(request)
        // Of several places that of the host which the request is for, as far as one can tell; else the first.
        var places: [Int: Int] = [:]
        for (place, entry) in entries.enumerated() where places[entry.route] == nil { places[entry.route] = place }
        if let chosen {
            let matching = entries.firstIndex { entry in
                entry.route == chosen && entry.host.map { isFor(host: $0, probe) } ?? true
            }
            places[chosen] = matching ?? places[chosen]
            explanation.route = Explanation.Route(
                number: chosen + 1,
                title: routes[chosen].title,
                place: (places[chosen] ?? 0) + 1,
                places: entries.count,
                conditions: probe.conditions(of: routes[chosen])
            )
        }
        var others: [(rank: [Int], route: Explanation.PassedOver)] = []
        for index in routes.indices where index != chosen {
            let unmet = probe.conditions(of: routes[index]).filter { !$0.isMet }
            let passed = Explanation.PassedOver(
                number: index + 1,
                title: routes[index].title,
                reason: unmet.isEmpty ? .later : .unmet,
                unmet: unmet
            )
            others.append((rank(unmet, place: places[index] ?? 0), passed))
        }
        others.sort { $0.rank.lexicographicallyPrecedes($1.rank) }
        explanation.passedOver = others.prefix(Self.nearest).map(\.route)
        explanation.passedOverInAll = others.count
    }

    private func isFor(host: String, _ probe: RouteProbe) -> Bool {
        var route = RouteConfiguration(pool: "")
        route.hosts = [host]
        return probe.conditions(of: route).allSatisfy(\.isMet)
    }

    /// How near a route is that was passed over; smaller is nearer. What only lacks a header field is nearer than what is for
    /// another path, and that than what is for another host.
    private func rank(_ unmet: [Explanation.Condition], place: Int) -> [Int] {
        let isOtherHost = unmet.contains { $0.kind == .host }
        let isOtherPath = unmet.contains { $0.kind == .path || $0.kind == .exactPath }
        return [isOtherHost ? 1 : 0, isOtherPath ? 1 : 0, max(1, unmet.count), place]
    }
}
