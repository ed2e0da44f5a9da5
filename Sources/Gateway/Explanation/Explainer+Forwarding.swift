// SPDX-License-Identifier: Apache-2.0

extension Explainer {
    /// What goes on to a backend by the route with this index.
    func explainForwarding(_ index: Int, _ request: ParsedDraft) -> Explanation.Forwarding {
        let route = snapshot.routeActions[index]
        var from = 0
        var destinations: [Explanation.Destination] = []
        for share in route.shares {
            let percent = Percentage(hundredths: share.upTo - from)
            from = share.upTo
            destinations.append(explainDestination(snapshot.pools[share.pool], percent, route.overrides, request))
        }
        let pool = snapshot.pools[route.shares.first?.pool ?? 0]
        let first = destinations.first?.backends.firstIndex { $0.rank == 1 } ?? 0
        let backend = pool.pool.backends[first]
        let sent = rewritten(request, route.edits, for: backend, in: pool)
        let plain = rewritten(request, nil, for: backend, in: pool)
        let came = request.fields.map { Explanation.Field(name: $0.name, value: $0.value) }
        let path =
            request.head.pathLength > 0
            ? request.head.pathStart..<request.head.pathStart + request.head.pathLength : 0..<0
        return Explanation.Forwarding(
            target: path.isEmpty ? plain.target : request.string(path),
            backendTarget: sent.target,
            requestHeaders: HeaderDifference.changes(from: came, to: sent.fields, plain: plain.fields).map {
                $0.shown(beside: route.overrides.requestHeaders)
            },
            responseHeaders: Explainer.edits(route.overrides.responseHeaders),
            destinations: destinations,
            mirror: explainMirror(snapshot.mirrors[index], route, request),
            bodyLimit: route.overrides.limits(over: snapshot.configuration.limits).bodyBytes
        )
    }

    private static func edits(_ edits: HeaderEdits) -> [Explanation.HeaderEdit] {
        edits.remove.map { Explanation.HeaderEdit(action: .remove, name: $0) }
            + edits.set.map { Explanation.HeaderEdit(action: .set, name: $0.name, value: $0.shownValue) }
            + edits.add.map { Explanation.HeaderEdit(action: .add, name: $0.name, value: $0.shownValue) }
    }

    private func explainMirror(
        _ mirror: SharedMirror?,
        _ route: Route,
        _ request: ParsedDraft
    ) -> Explanation.Mirror? {
        guard let mirror, let configuration = route.overrides.mirror else { return nil }
        var facts = Explanation.Mirror(
            pool: configuration.pool,
            percent: configuration.percent,
            concurrency: mirror.concurrency
        )
        if request.isUpgrade { facts.obstacle = "a request to change protocols is not copied" }
        let retry = route.overrides.retry ?? route.shares.first.map { snapshot.pools[$0.pool].configuration.retry }
        if let length = request.body?.bytes, let retry, length > UInt64(retry.bodyBuffer) {
            facts.obstacle = "its body is larger than retry.body_buffer"
        }
        return facts
    }
}
